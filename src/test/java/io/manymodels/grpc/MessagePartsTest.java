package io.manymodels.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import inference.GrpcService.InferParameter;
import inference.GrpcService.InferTensorContents;
import inference.GrpcService.ModelInferRequest;
import inference.GrpcService.ModelInferRequest.InferInputTensor;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessagePartsTest {
  private static int count(byte[] message) {
    return MessageParts.count(message, ModelInferRequest.getDescriptor(), 1_000);
  }

  private static int count(InferTensorContents contents) {
    InferInputTensor input = InferInputTensor.newBuilder().setContents(contents).build();
    return count(ModelInferRequest.newBuilder().addInputs(input).build().toByteArray());
  }

  @Test
  void fieldsCountAtAllDepths() {
    assertThat(count(new byte[0])).isZero();
    assertThat(
            count(
                ModelInferRequest.newBuilder()
                    .setModelName("a")
                    .putParameters("k", InferParameter.newBuilder().setInt64Param(7).build())
                    .addInputs(InferInputTensor.newBuilder().setName("x").addShape(1).addShape(500))
                    .addRawInputContents(ByteString.copyFromUtf8("12345678"))
                    .build()
                    .toByteArray()))
        .as("name; parameter, key, value, choice; input, name, shape and two sizes; raw contents")
        .isEqualTo(1 + 4 + 5 + 1);
  }

  @Test
  void numbersInListsCountUnlessTheyAreAsLongAsTheyWillBe() {
    List<Long> numbers = List.of(1L, -1L, 300L, 9_007_199_254_740_993L);
    int around = count(InferTensorContents.newBuilder().addFp32Contents(1).build());
    assertThat(around).isEqualTo(3);
    assertThat(count(InferTensorContents.newBuilder().addAllInt64Contents(numbers).build()))
        .isEqualTo(around + 4);
    assertThat(
            count(
                InferTensorContents.newBuilder()
                    .addAllFp64Contents(Collections.nCopies(900, 1.5))
                    .build()))
        .isEqualTo(around);
    assertThat(
            count(
                InferTensorContents.newBuilder()
                    .addAllBytesContents(Collections.nCopies(900, ByteString.EMPTY))
                    .build()))
        .isEqualTo(around - 1 + 900);
  }

  @Test
  void countingEndsAtTheLimit() {
    assertThat(
            count(
                InferTensorContents.newBuilder()
                    .addAllUint64Contents(Collections.nCopies(1_000_000, 1L))
                    .build()))
        .isEqualTo(1_001);
  }

  @Test
  void whatIsDamagedIsCountedUpToThere() {
    assertThat(count(new byte[] {10, 1, 'a', 10, 100})).isEqualTo(2);
    assertThat(count(new byte[] {42, 2, 10, 100, 10, 0})).isEqualTo(2);
    assertThat(count(new byte[] {-1, -1})).isZero();
    assertThat(count(new byte[] {11, 11, 12, 12})).as("groups").isEqualTo(4);
  }
}
