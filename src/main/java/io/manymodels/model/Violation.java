package io.manymodels.model;

/**
 * One fault of an input.
 *
 * @param pointer an RFC 6901 pointer into the input, as {@code /data/3}
 * @param detail what was expected there and what was found
 */
public record Violation(String pointer, String detail) {}
