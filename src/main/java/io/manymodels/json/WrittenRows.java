package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Rows that are JSON already, as part of a document.
 *
 * @param text an object in one of the forms of {@code POST /score}
 */
public record WrittenRows(@JsonRawValue @JsonValue String text) {}
