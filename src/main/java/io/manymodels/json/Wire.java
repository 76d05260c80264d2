package io.manymodels.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import java.io.IOException;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * The messages between replicas, as UTF-8 JSON. Messages are plain records of the identifier types:
 * a tenant is a text, a version a number, a generation {@code "3.41"}, an error its wire name, a
 * {@link io.manymodels.time.Deadline} the milliseconds that are left.
 *
 * <p>Reading is tolerant, because replicas of two versions meet while one of them is being replaced
 * (docs/decisions/0011). A key that the record does not have is ignored. A key that is missing
 * reads as 0, false, an empty list or map, or {@link java.util.Optional#empty}; a missing text,
 * identifier or record is null, which the record's constructor refuses or replaces by a default. An
 * unknown error code reads as {@code INTERNAL}. Everything else is as strict as {@link Json}.
 *
 * <p>Documents that people write or read go through {@link Json}. Thread-safe.
 */
public final class Wire {
  private static final JsonMapper MAPPER =
      Json.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.USE_DEFAULTS))
          .withConfigOverride(
              List.class,
              list -> list.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
          .withConfigOverride(
              SortedMap.class,
              map -> map.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
          .addModule(new Jdk8Module())
          .addModule(new IdentifierModule())
          .build();

  private Wire() {}

  /** The value as one line of JSON. */
  public static byte[] bytes(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value.getClass().getName(), e);
    }
  }

  /**
   * Reads one message.
   *
   * @throws IllegalArgumentException with one line that says what is wrong
   */
  public static <T> T read(byte[] json, Class<T> type) {
    return read(json, MAPPER.constructType(type));
  }

  /**
   * Answers a question with the result of {@code method}, as a {@link Reply}. A question that
   * cannot be read is answered with {@code INTERNAL}; what {@code method} throws beside {@link
   * ServingException} is thrown on.
   */
  public static <Q> byte[] answer(byte[] question, Class<Q> type, Function<Q, ?> method) {
    Q read;
    try {
      read = read(question, type);
    } catch (IllegalArgumentException e) {
      return bytes(Reply.failed(notUnderstood("question", e)));
    }
    try {
      return bytes(Reply.of(method.apply(read)));
    } catch (ServingException e) {
      return bytes(Reply.failed(e));
    }
  }

  /**
   * The value of the {@link Reply} that {@link #answer} made.
   *
   * @throws ServingException as the other replica did; {@code INTERNAL} when its answer cannot be
   *     read
   */
  public static <T> T result(byte[] reply, Class<T> type) {
    Reply<T> read;
    try {
      read = read(reply, MAPPER.getTypeFactory().constructParametricType(Reply.class, type));
    } catch (IllegalArgumentException e) {
      throw notUnderstood("answer", e);
    }
    return read.orThrow();
  }

  private static ServingException notUnderstood(String what, IllegalArgumentException e) {
    return new ServingException(
        ErrorCode.INTERNAL,
        "a replica does not understand the "
            + what
            + " of another, maybe of another version: "
            + e.getMessage(),
        e);
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // The caller's type is the JavaType's.
  private static <T> T read(byte[] json, JavaType type) {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw new IllegalArgumentException(
            "expected " + JsonComplaint.expected(type.getRawClass()) + ", got null");
      }
      return value;
    } catch (IOException e) {
      throw new IllegalArgumentException(JsonComplaint.of(e), e);
    }
  }
}
