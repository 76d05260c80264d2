package io.manymodels.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import io.manymodels.model.ArtifactDigest;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ModelVersion;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Generation;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/** The identifier types as single values instead of objects, see {@link Wire}. */
final class IdentifierModule extends SimpleModule {
  private static final long serialVersionUID = 1;

  /** Longer than anybody waits, and short enough for nanoseconds. */
  private static final long MAX_WAIT_MILLIS = Duration.ofDays(1).toMillis();

  IdentifierModule() {
    super("identifiers");
    text(TenantId.class, TenantId::value, TenantId::new);
    text(ArtifactDigest.class, ArtifactDigest::hex, ArtifactDigest::new);
    text(Generation.class, Generation::toString, Generation::parse);
    text(ErrorCode.class, ErrorCode::wireName, IdentifierModule::errorCode);
    text(Instant.class, Instant::toString, IdentifierModule::instant);
    number(ModelVersion.class, ModelVersion::number, ModelVersion::new);
    number(Deadline.class, Deadline::remainingMillis, IdentifierModule::deadline);
    addKeySerializer(
        TenantId.class,
        new StdScalarSerializer<>(TenantId.class) {
          @Override
          public void serialize(TenantId tenant, JsonGenerator out, SerializerProvider all)
              throws IOException {
            out.writeFieldName(tenant.value());
          }
        });
    addKeyDeserializer(
        TenantId.class,
        new KeyDeserializer() {
          @Override
          public Object deserializeKey(String key, DeserializationContext context)
              throws IOException {
            return value(TenantId.class, key, TenantId::new, context);
          }
        });
  }

  private <T> void text(Class<T> type, Function<T, String> write, Function<String, T> read) {
    scalar(
        type,
        (value, out) -> out.writeString(write.apply(value)),
        (parser, context) -> {
          require(JsonToken.VALUE_STRING, String.class, parser);
          return value(type, parser.getText(), read, context);
        });
  }

  private <T> void number(Class<T> type, Function<T, Number> write, Function<Long, T> read) {
    scalar(
        type,
        (value, out) -> out.writeNumber(write.apply(value).longValue()),
        (parser, context) -> {
          require(JsonToken.VALUE_NUMBER_INT, Long.class, parser);
          return value(type, parser.getLongValue(), read, context);
        });
  }

  private interface Writing<T> {
    void write(T value, JsonGenerator out) throws IOException;
  }

  private interface Reading<T> {
    T read(JsonParser parser, DeserializationContext context) throws IOException;
  }

  private <T> void scalar(Class<T> type, Writing<T> writing, Reading<T> reading) {
    addSerializer(
        type,
        new StdScalarSerializer<>(type) {
          @Override
          public void serialize(T value, JsonGenerator out, SerializerProvider all)
              throws IOException {
            writing.write(value, out);
          }
        });
    addDeserializer(
        type,
        new StdScalarDeserializer<T>(type) {
          @Override
          public T deserialize(JsonParser parser, DeserializationContext context)
              throws IOException {
            return reading.read(parser, context);
          }
        });
  }

  private static void require(JsonToken token, Class<?> like, JsonParser parser)
      throws MismatchedInputException {
    if (!parser.hasToken(token)) {
      throw MismatchedInputException.from(parser, like, "another type");
    }
  }

  /** The value as the type itself reads it, with its own complaint. */
  private static <F, T> T value(
      Class<T> type, F from, Function<F, T> read, DeserializationContext context)
      throws IOException {
    try {
      return read.apply(from);
    } catch (IllegalArgumentException e) {
      throw ValueInstantiationException.from(
          context.getParser(), "refused", context.constructType(type), e);
    }
  }

  /** One that only a newer replica knows is some error for the older one. */
  private static ErrorCode errorCode(String wireName) {
    try {
      return ErrorCode.ofWireName(wireName);
    } catch (IllegalArgumentException e) {
      return ErrorCode.INTERNAL;
    }
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("expected an instant as 2026-11-23T00:00:00Z", e);
    }
  }

  private static Deadline deadline(long millis) {
    return Deadline.after(Duration.ofMillis(Math.min(millis, MAX_WAIT_MILLIS)), Ticker.SYSTEM);
  }
}
