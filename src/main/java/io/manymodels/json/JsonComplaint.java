package io.manymodels.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says in one line, and in the words of JSON instead of Java, what is wrong with a text. */
final class JsonComplaint {
  private static final int MAX_QUOTED = 60;
  private static final Map<Class<?>, String> SCALARS =
      Map.ofEntries(
          Map.entry(int.class, "a whole number"),
          Map.entry(Integer.class, "a whole number"),
          Map.entry(long.class, "a whole number"),
          Map.entry(Long.class, "a whole number"),
          Map.entry(double.class, "a finite number"),
          Map.entry(Double.class, "a finite number"),
          Map.entry(boolean.class, "true or false"),
          Map.entry(Boolean.class, "true or false"),
          Map.entry(String.class, "a text"));

  private static final Pattern NOT_A_NUMBER = Pattern.compile("Non-standard token '");
  private static final Pattern ADVICE =
      Pattern.compile(
          " \\(start marker at \\[Source.*|: enable `?JsonReadFeature.*| \\(not recognized as one"
              + " since .*|: maybe a \\(non-standard\\) comment.*");

  private JsonComplaint() {}

  static String of(IOException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      return unknownKey(unknown);
    }
    if (e instanceof ValueInstantiationException refused) {
      if (refused.getCause() instanceof IllegalArgumentException cause) {
        return at(refused.getPath(), oneLine(cause.getMessage()));
      }
      if (refused.getCause() instanceof NullPointerException cause) {
        return at(refused.getPath(), missing(cause.getMessage()));
      }
    }
    if (e instanceof MismatchedInputException mismatch) {
      return mismatch(mismatch);
    }
    if (e instanceof JsonMappingException mapping
        && mapping.getCause() instanceof InputCoercionException) {
      return at(mapping.getPath(), "out of range, got " + got(mapping));
    }
    return e instanceof JsonProcessingException malformed
        ? "not valid JSON: " + withoutAdvice(malformed.getOriginalMessage()) + where(malformed)
        : "unreadable";
  }

  /** Records name the key that they miss; a message of the JVM's own names none. */
  private static String missing(@Nullable String message) {
    return message != null && message.startsWith("key ") ? oneLine(message) : "a key is missing";
  }

  /** A description of the type as JSON has it, such as {@code a whole number}. */
  static String expected(@Nullable Class<?> type) {
    if (type == null) {
      return "another type";
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(String::valueOf)
          .collect(Collectors.joining(", ", "one of ", ""));
    }
    if (type.isArray() || Collection.class.isAssignableFrom(type)) {
      return "a list";
    }
    return SCALARS.getOrDefault(type, "an object");
  }

  private static String unknownKey(UnrecognizedPropertyException e) {
    List<JsonMappingException.Reference> parents =
        e.getPath().subList(0, Math.max(0, e.getPath().size() - 1));
    String allowed =
        e.getKnownPropertyIds() == null
            ? ""
            : e.getKnownPropertyIds().stream()
                .map(String::valueOf)
                .sorted()
                .collect(Collectors.joining(", ", "; allowed: ", ""));
    return at(parents, "unknown key '" + shortened(e.getPropertyName()) + "'" + allowed);
  }

  private static String mismatch(MismatchedInputException e) {
    if (e.getOriginalMessage().startsWith("Trailing token")) {
      return "not valid JSON: more than one document" + where(e);
    }
    String got = got(e);
    if (!got.isEmpty()) {
      return at(e.getPath(), "expected " + expected(e.getTargetType()) + ", got " + got);
    }
    return e.getPath().isEmpty()
        ? "not valid JSON: empty"
        : at(e.getPath(), "missing, expected " + expected(e.getTargetType()));
  }

  /** The offending token; empty when it is the end of what should have held it. */
  private static String got(JsonMappingException e) {
    if (!(e.getProcessor() instanceof JsonParser parser) || parser.currentToken() == null) {
      return "";
    }
    try {
      return switch (parser.currentToken()) {
        case START_OBJECT, FIELD_NAME -> "an object";
        case START_ARRAY -> "a list";
        case END_OBJECT, END_ARRAY -> "";
        case VALUE_STRING -> quoted(parser.getText());
        default -> shortened(parser.getText());
      };
    } catch (IOException unreadable) {
      return "something unreadable";
    }
  }

  private static String at(List<JsonMappingException.Reference> path, String what) {
    StringBuilder key = new StringBuilder();
    for (JsonMappingException.Reference step : path) {
      if (step.getFieldName() == null) {
        key.append('[').append(step.getIndex()).append(']');
      } else {
        key.append(key.isEmpty() ? "" : ".").append(shortened(step.getFieldName()));
      }
    }
    return key.isEmpty() ? what : "key '" + key + "': " + what;
  }

  private static String where(JsonProcessingException e) {
    JsonLocation location = e.getLocation();
    return location == null
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }

  /** A value as it stood in the text, as far as it fits in a line. */
  static String quoted(String text) {
    return '"' + shortened(text) + '"';
  }

  /** In one line, as far as it fits there. */
  static String shortened(String text) {
    String line = oneLine(text);
    return line.length() <= MAX_QUOTED ? line : line.substring(0, MAX_QUOTED) + "...";
  }

  /** Without Jackson's words about its own settings, which are not the writer's to change. */
  private static String withoutAdvice(@Nullable String message) {
    String line = oneLine(message);
    if (NOT_A_NUMBER.matcher(line).find()) {
      return "NaN and Infinity are no JSON numbers; send null for a missing value";
    }
    return ADVICE.matcher(line).replaceAll("");
  }

  private static String oneLine(@Nullable String text) {
    return text == null ? "" : text.replaceAll("\\s*\\p{Cntrl}\\s*", " ");
  }
}
