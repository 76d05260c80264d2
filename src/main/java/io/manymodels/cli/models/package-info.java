/** The commands about models: publish, list, show, promote, roll back, delete. */
@NullMarked
package io.manymodels.cli.models;

import org.jspecify.annotations.NullMarked;
