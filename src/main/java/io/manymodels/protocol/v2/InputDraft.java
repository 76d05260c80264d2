package io.manymodels.protocol.v2;

import io.manymodels.json.ElementsReader.Elements;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An input while its members are read, which come in any order. Thread-confined. */
final class InputDraft {
  private final int index;
  @Nullable String name;
  @Nullable String datatype;
  long @Nullable [] shape;
  @Nullable Elements data;

  /** Bytes behind the JSON that are this input's; negative when there are none. */
  long binarySize = -1;

  InputDraft(int index) {
    this.index = index;
  }

  /** Where it stands in the document. */
  String pointer() {
    return "/inputs/" + index;
  }

  /**
   * The input, once all of it is read.
   *
   * @param tail the bytes behind the JSON that no input before this one has taken
   * @throws io.manymodels.model.ServingException {@code INVALID_INPUT}
   */
  InferInput input(ByteBuffer tail) {
    if (name == null || datatype == null || shape == null) {
      String missing = name == null ? "name" : datatype == null ? "datatype" : "shape";
      throw V2Faults.invalid(pointer() + ": the member " + missing + " is missing");
    }
    TensorHead head = TensorHead.of(name, datatype, shape);
    if (binarySize >= 0) {
      if (data != null) {
        throw V2Faults.ofInput(name, "it has data and binary_data_size; send one of them");
      }
      return new InferInput(head, TensorBytes.read(head, taken(name, tail)));
    }
    if (data == null) {
      throw V2Faults.ofInput(
          name, "it has neither data nor the parameter binary_data_size; send one of them");
    }
    requireShape(head, data.dimensions());
    return new InferInput(head, data.cells());
  }

  private ByteBuffer taken(String input, ByteBuffer tail) {
    if (binarySize > tail.remaining()) {
      throw V2Faults.ofInput(
          input,
          "its binary_data_size is "
              + binarySize
              + ", but only "
              + tail.remaining()
              + " bytes are left behind the JSON, whose length the header"
              + " Inference-Header-Content-Length says");
    }
    ByteBuffer own = tail.slice(tail.position(), (int) binarySize);
    tail.position(tail.position() + (int) binarySize);
    return own;
  }

  /** Nested data has the form that the shape says; of flat data the elements are counted. */
  private static void requireShape(TensorHead head, int[] dimensions) {
    if (dimensions.length > 1 && !Arrays.equals(dimensions, head.shape()) && !isEmpty(head)) {
      throw V2Faults.ofInput(
          head.name(),
          "its shape is "
              + Arrays.toString(head.shape())
              + ", but its data is nested as "
              + Arrays.toString(dimensions)
              + "; nest it so, or send it flat");
    }
  }

  /** Of nothing, lists in lists are not all there. */
  private static boolean isEmpty(TensorHead head) {
    return head.elements() == 0;
  }
}
