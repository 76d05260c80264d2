package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Strict JSON, for documents that people or other programs write or read; replicas talk to each
 * other by {@link Wire}. Keys are the record's component names in snake case. Refused: unknown keys
 * (unless the record says {@code @JsonIgnoreProperties(ignoreUnknown = true)}), duplicate keys, a
 * value of another type (no {@code "1"} for 1, no 1.0 for 1, no number for a text), null or nothing
 * for a primitive, numbers that are not finite, anything after the document, deep nesting. A
 * missing key of any other type is null: the record's compact constructor says what that means.
 *
 * <p>Null components are not written. Thread-safe.
 */
public final class Json {
  private static final int MAX_NESTING = 32;
  private static final int MAX_NUMBER_LENGTH = 100;
  private static final int MAX_KEY_LENGTH = 1_000;
  private static final ObjectMapper MAPPER =
      builder()
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.USE_DEFAULTS))
          .addModule(
              new SimpleModule("finite numbers")
                  .addDeserializer(double.class, new FiniteNumber(double.class))
                  .addDeserializer(Double.class, new FiniteNumber(Double.class)))
          .build();

  private Json() {}

  /** The one mapper; nobody reconfigures it. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /**
   * Reads one document.
   *
   * @throws IllegalArgumentException with one line for the person who wrote the text
   */
  public static <T> T read(String text, Class<T> type) {
    try (JsonParser parser = MAPPER.createParser(text)) {
      return read(parser, type);
    } catch (IOException e) {
      throw new IllegalArgumentException(JsonComplaint.of(e), e);
    }
  }

  /** Reads one document from the buffer's remaining bytes, which must be UTF-8. */
  public static <T> T read(ByteBuffer utf8, Class<T> type) {
    try {
      return read(StandardCharsets.UTF_8.newDecoder().decode(utf8.duplicate()).toString(), type);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8", e);
    }
  }

  /** One line for the person who wrote a text that a parser of {@link #mapper} refused. */
  public static String complaint(IOException e) {
    return JsonComplaint.of(e);
  }

  /** One line of JSON. */
  public static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value.getClass().getName(), e);
    }
  }

  /** Apart from the closing of the parser: the complaint asks the parser where it stands. */
  private static <T> T read(JsonParser parser, Class<T> type) {
    try {
      T value = MAPPER.readValue(parser, type);
      if (value == null) {
        throw new IllegalArgumentException(
            "expected " + JsonComplaint.expected(type) + ", got null");
      }
      return value;
    } catch (IOException e) {
      throw new IllegalArgumentException(JsonComplaint.of(e), e);
    }
  }

  /** The rules that documents and the wire between replicas share. */
  static JsonMapper.Builder builder() {
    JsonFactory factory =
        JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxNameLength(MAX_KEY_LENGTH)
                    .build())
            .build();
    return JsonMapper.builder(factory)
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
        .withCoercionConfig(
            LogicalType.Textual,
            text ->
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
  }
}
