/**
 * The configuration by operators: of the application, and the user_config of each deployment. No
 * parsing.
 */
@NullMarked
package io.manymodels.config;

import org.jspecify.annotations.NullMarked;
