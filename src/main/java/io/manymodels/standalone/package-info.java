/**
 * The whole application in one process, without Ray: {@code OneProcess} puts the same parts
 * together as {@code deployment} does, and calls between them are method calls ({@code
 * LocalReplicas}). The configuration comes from the same file ({@code ServeConfigFile}), which is
 * watched ({@code ConfigWatch}), or from the machine ({@code MachineDefaults}).
 */
@NullMarked
package io.manymodels.standalone;

import org.jspecify.annotations.NullMarked;
