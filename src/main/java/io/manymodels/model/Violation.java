package io.manymodels.model;

/**
 * One thing that is wrong with an input.
 *
 * @param pointer an RFC 6901 pointer into the input, as {@code /data/3}
 * @param detail what was expected there and what was got
 */
public record Violation(String pointer, String detail) {}
