package io.manymodels.grpc;

import com.google.protobuf.ByteString;
import inference.GrpcService.InferTensorContents;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.v2.OutputTensor;
import io.manymodels.protocol.v2.TensorBytes;
import io.manymodels.protocol.v2.TensorHead;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.SomeNames;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The elements of tensors in the fields of {@link InferTensorContents}. Stateless. */
final class TypedContents {
  private TypedContents() {}

  /**
   * Reads the elements of an input.
   *
   * @throws ServingException {@code INVALID_INPUT} when a field is set that is not its datatype's,
   *     the datatype has none, or a string is not UTF-8
   */
  static Cells read(TensorHead head, InferTensorContents contents) {
    String field = field(head);
    int count = count(head, contents);
    if (count != all(contents)) {
      throw fault(head, head.datatype() + " goes in " + field + ", but other contents are set");
    }
    return switch (head.datatype()) {
      case BOOL -> {
        boolean[] truths = new boolean[count];
        for (int i = 0; i < count; i++) {
          truths[i] = contents.getBoolContents(i);
        }
        yield new Cells.Truths(truths);
      }
      case FP32 -> {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
          numbers[i] = contents.getFp32Contents(i);
        }
        yield new Cells.Floats(numbers);
      }
      case FP64 -> {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
          numbers[i] = contents.getFp64Contents(i);
        }
        yield new Cells.Doubles(numbers);
      }
      case BYTES -> new Cells.Texts(texts(head, contents.getBytesContentsList()));
      case UINT64 -> TensorBytes.unsigned(longs(head, contents, count));
      default -> new Cells.Longs(longs(head, contents, count));
    };
  }

  private static long[] longs(TensorHead head, InferTensorContents contents, int count) {
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] =
          switch (head.datatype()) {
            case INT64 -> contents.getInt64Contents(i);
            case UINT64 -> contents.getUint64Contents(i);
            case UINT8, UINT16, UINT32 -> Integer.toUnsignedLong(contents.getUintContents(i));
            default -> contents.getIntContents(i);
          };
    }
    return numbers;
  }

  private static String[] texts(TensorHead head, List<ByteString> all) {
    String[] texts = new String[all.size()];
    for (int i = 0; i < texts.length; i++) {
      ByteString bytes = all.get(i);
      if (!bytes.isValidUtf8()) {
        throw fault(head, "its string " + i + " is not UTF-8");
      }
      texts[i] = bytes.toStringUtf8();
    }
    return texts;
  }

  private static String field(TensorHead head) {
    return switch (head.datatype()) {
      case BOOL -> "bool_contents";
      case INT8, INT16, INT32 -> "int_contents";
      case INT64 -> "int64_contents";
      case UINT8, UINT16, UINT32 -> "uint_contents";
      case UINT64 -> "uint64_contents";
      case FP32 -> "fp32_contents";
      case FP64 -> "fp64_contents";
      case BYTES -> "bytes_contents";
      case FP16, BF16 ->
          throw fault(head, head.datatype() + " has no typed contents; send raw_input_contents");
    };
  }

  private static int count(TensorHead head, InferTensorContents contents) {
    return switch (head.datatype()) {
      case BOOL -> contents.getBoolContentsCount();
      case INT8, INT16, INT32 -> contents.getIntContentsCount();
      case INT64 -> contents.getInt64ContentsCount();
      case UINT8, UINT16, UINT32 -> contents.getUintContentsCount();
      case UINT64 -> contents.getUint64ContentsCount();
      case FP32 -> contents.getFp32ContentsCount();
      case FP64 -> contents.getFp64ContentsCount();
      case BYTES -> contents.getBytesContentsCount();
      case FP16, BF16 -> 0;
    };
  }

  private static int all(InferTensorContents contents) {
    return contents.getBoolContentsCount()
        + contents.getIntContentsCount()
        + contents.getInt64ContentsCount()
        + contents.getUintContentsCount()
        + contents.getUint64ContentsCount()
        + contents.getFp32ContentsCount()
        + contents.getFp64ContentsCount()
        + contents.getBytesContentsCount();
  }

  /**
   * The elements of an output, whose datatype is not FP16 or BF16.
   *
   * @throws ServingException {@code LOAD_FAILED} when they are not of the datatype that the model
   *     declares
   */
  static InferTensorContents write(OutputTensor output) {
    ByteBuffer bytes = ByteBuffer.allocate(TensorBytes.size(output));
    TensorBytes.write(output, bytes);
    ByteBuffer in = bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    while (in.hasRemaining()) {
      add(contents, output.datatype(), in);
    }
    return contents.build();
  }

  private static void add(InferTensorContents.Builder contents, Datatype datatype, ByteBuffer in) {
    switch (datatype) {
      case BOOL -> contents.addBoolContents(in.get() != 0);
      case INT8 -> contents.addIntContents(in.get());
      case INT16 -> contents.addIntContents(in.getShort());
      case INT32 -> contents.addIntContents(in.getInt());
      case INT64 -> contents.addInt64Contents(in.getLong());
      case UINT8 -> contents.addUintContents(Byte.toUnsignedInt(in.get()));
      case UINT16 -> contents.addUintContents(Short.toUnsignedInt(in.getShort()));
      case UINT32 -> contents.addUintContents(in.getInt());
      case UINT64 -> contents.addUint64Contents(in.getLong());
      case FP32 -> contents.addFp32Contents(in.getFloat());
      case FP64 -> contents.addFp64Contents(in.getDouble());
      case BYTES -> contents.addBytesContents(ByteString.copyFrom(in, in.getInt()));
      case FP16, BF16 -> throw new IllegalArgumentException(datatype + " is sent raw");
    }
  }

  static ServingException fault(TensorHead head, String detail) {
    return new ServingException(
        ErrorCode.INVALID_INPUT, "the input " + SomeNames.quoted(head.name()) + ": " + detail);
  }
}
