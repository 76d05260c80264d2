/**
 * The live page for operators. Its files are in {@code src/main/resources/console}, and served as
 * they are; docs/console.md says what it shows.
 */
@NullMarked
package io.manymodels.protocol.console;

import org.jspecify.annotations.NullMarked;
