package io.manymodels.adapter.onnx.graph;

import io.manymodels.inference.ModelLoader.OtherFiles;
import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.protobuf.ProtobufFields;
import io.manymodels.protobuf.ProtobufMessage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes one file of a model whose constants lie in files beside it, as exporters of large networks
 * write it. Of the entries of onnx.proto's {@code external_data}, {@code location}, {@code offset}
 * and {@code length} are followed; a checksum is not looked at.
 */
public final class PackedFile extends FileRewrite {
  /** Of protobuf, and of a buffer in Java. */
  private static final long MAX_BYTES = Integer.MAX_VALUE;

  private static final long ELSEWHERE = 1;

  private final OtherFiles others;
  private final Map<String, ByteBuffer> read = new HashMap<>();

  private PackedFile(OtherFiles others) {
    this.others = others;
  }

  /**
   * The whole model: the same buffer when it names no other file. No position moves.
   *
   * @throws ServingException {@code LOAD_FAILED} when the bytes are no ONNX file, when another file
   *     is missing, too short or not in the model's folder, and when the whole is over 2^31 - 1
   *     bytes
   */
  public static ByteBuffer of(ModelRef ref, ByteBuffer file, OtherFiles others) {
    try {
      @Nullable ProtobufMessage packed = new PackedFile(others).file(file);
      return packed == null ? file : joined(packed);
    } catch (IllegalArgumentException e) {
      throw GraphRefusal.ofModel(ref, e);
    }
  }

  private static ByteBuffer joined(ProtobufMessage packed) {
    if (packed.size() > MAX_BYTES) {
      throw new IllegalArgumentException(
          "in one file it has %d bytes, more than the %d that ONNX allows; use smaller weights, as float16"
              .formatted(packed.size(), MAX_BYTES));
    }
    return ByteBuffer.wrap(packed.toBytes());
  }

  @Override
  @Nullable ProtobufMessage constant(ByteBuffer tensor) {
    Map<String, String> entries = new HashMap<>();
    long[] location = {0};
    ProtobufFields.forEach(
        tensor,
        field -> {
          if (field.number() == OnnxProto.TENSOR_DATA_LOCATION) {
            location[0] = field.value();
          } else if (field.number() == OnnxProto.TENSOR_EXTERNAL_DATA) {
            entry(field.message(), entries);
          }
        });
    if (location[0] != ELSEWHERE) {
      return null;
    }
    @Nullable ProtobufMessage inside =
        ProtobufMessage.changed(
            tensor,
            field ->
                switch (field.number()) {
                  case OnnxProto.TENSOR_DATA_LOCATION,
                      OnnxProto.TENSOR_EXTERNAL_DATA,
                      OnnxProto.TENSOR_RAW_DATA ->
                      new ProtobufMessage();
                  default -> null;
                });
    return inside == null ? null : inside.bytes(OnnxProto.TENSOR_RAW_DATA, values(entries));
  }

  private static void entry(ByteBuffer message, Map<String, String> entries) {
    String[] pair = {"", ""};
    ProtobufFields.forEach(
        message,
        field -> {
          if (field.number() == OnnxProto.ENTRY_KEY || field.number() == OnnxProto.ENTRY_VALUE) {
            pair[field.number() - 1] = field.text();
          }
        });
    entries.put(pair[0], pair[1]);
  }

  private ByteBuffer values(Map<String, String> entries) {
    String name = entries.getOrDefault("location", "");
    requireInFolder(name);
    ByteBuffer whole = read.computeIfAbsent(name, others::read);
    long offset = number(entries, "offset", 0);
    long length = number(entries, "length", whole.remaining() - offset);
    if (offset < 0 || length < 0 || offset > whole.remaining() - length) {
      throw new IllegalArgumentException(
          "it keeps weights in bytes %d to %d of '%s', which has %d; export it again"
              .formatted(offset, offset + length, name, whole.remaining()));
    }
    return whole.slice(whole.position() + (int) offset, (int) length);
  }

  private static long number(Map<String, String> entries, String key, long otherwise) {
    @Nullable String text = entries.get(key);
    try {
      return text == null ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "it has a constant whose %s is '%s'".formatted(key, text), e);
    }
  }

  /** The names of other systems are refused on each, so that a file means the same everywhere. */
  private static void requireInFolder(String name) {
    List<String> steps = Arrays.asList(name.split("/", -1));
    if (name.isBlank()
        || steps.contains("..")
        || steps.contains("")
        || name.indexOf('\\') >= 0
        || name.indexOf(':') >= 0
        || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "it keeps weights in '%s', which is not in its own folder; export it again"
              .formatted(name));
    }
  }
}
