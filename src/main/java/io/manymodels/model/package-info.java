/** The vocabulary of all other packages: tenants, versions, errors. Depends on nothing. */
@NullMarked
package io.manymodels.model;

import org.jspecify.annotations.NullMarked;
