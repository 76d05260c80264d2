package io.manymodels.protocol.v2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.manymodels.json.Json;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.tensor.Block;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Datatype;
import io.manymodels.tensor.Outputs;
import io.manymodels.tensor.Rows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests are read from JSON and the bytes behind it, or refused with a reason. */
class InferRequestReaderTest {
  private static final int MAX_VALUES = 100;
  private static final ByteBuffer NO_TAIL = ByteBuffer.allocate(0);

  private static InferRequest read(String json, ByteBuffer tail) {
    try {
      return InferRequestReader.read(Json.mapper().createParser(json), tail, MAX_VALUES);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static InferRequest read(String json) {
    return read(json.replace('\'', '"'), NO_TAIL.duplicate());
  }

  private static InferRequest input(String members) {
    return read("{'inputs':[{'name':'x'," + members + "}]}");
  }

  private static Cells cells(String members) {
    return input(members).inputs().get(0).cells();
  }

  private static AbstractThrowableAssert<?, ?> refused(String json) {
    return assertThatThrownBy(() -> read(json))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.code()).isIn(ErrorCode.INVALID_INPUT, ErrorCode.INPUT_MISMATCH));
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void flatAndNestedDataAreTheSame() {
    InferRequest flat = input("'shape':[2,2],'datatype':'FP32','data':[1,2.5,3,4]");
    InferRequest nested = input("'data':[[1,2.5],[3,4]],'datatype':'FP32','shape':[2,2]");
    assertThat(flat.rows(10, 10, false).fingerprint())
        .isEqualTo(nested.rows(10, 10, false).fingerprint());
    Rows rows = flat.rows(10, 10, false);
    assertThat(rows.form()).isEqualTo(Rows.Form.INPUTS);
    assertThat(rows.count()).isEqualTo(2);
    assertThat(rows.outputs()).isEqualTo(Outputs.ALL);
    Block block = rows.blocks().get(0);
    assertThat(block.names()).containsExactly("x");
    assertThat(block.declared()).isEqualTo(Datatype.FP32);
    assertThat(block.shapes().dimensions(0)).containsExactly(2);
    assertThat(((Cells.Doubles) block.cells()).values()).containsExactly(1, 2.5, 3, 4);
  }

  @Test
  void unknownAndNullMembersArePassedOver() {
    InferRequest request =
        read(
            "{'model_name':'m','id':null,'parameters':null,'outputs':null,'extra':[{'a':[1]}],"
                + "'inputs':[{'name':'x','shape':[1],'datatype':'INT64','data':[1],"
                + "'parameters':null,'other':{'a':1}}]}");
    assertThat(request.id()).isEmpty();
    assertThat(request.outputs()).isEmpty();
    assertThat(request.binary()).isFalse();
  }

  @Test
  void idAndOutputsAreKept() {
    InferRequest request =
        read(
            "{'id':'42','parameters':{'binary_data_output':true,'headers':{'a':'b'}},"
                + "'outputs':[{'name':'a'},{'name':'b','parameters':{'binary_data':false}},"
                + "{'name':'c','parameters':{'classification':2}}],"
                + "'inputs':[{'name':'x','shape':[1],'datatype':'INT64','data':[1]}]}");
    assertThat(request.id()).contains("42");
    assertThat(request.outputs())
        .containsExactly(
            new RequestedOutput("a", true, 0),
            new RequestedOutput("b", false, 0),
            new RequestedOutput("c", true, 2));
    assertThat(request.rows(10, 10, true).outputs().names()).containsExactly("a", "b", "c");
    assertThat(request.rows(10, 10, true).form()).isEqualTo(Rows.Form.ANY_INPUT);
  }

  @Test
  void noOutputsAreAllOutputs() {
    InferRequest request =
        read("{'outputs':[],'inputs':[{'name':'x','shape':[1],'datatype':'INT64','data':[1]}]}");
    assertThat(request.rows(10, 10, false).outputs()).isEqualTo(Outputs.ALL);
  }

  @Test
  void integersAreExact() {
    Cells longs =
        cells("'shape':[2],'datatype':'INT64','data':[9223372036854775807,-9007199254740993]");
    assertThat(((Cells.Longs) longs).values()).containsExactly(Long.MAX_VALUE, -9007199254740993L);
    Cells unsigned = cells("'shape':[1],'datatype':'UINT64','data':[18446744073709551615]");
    assertThat(((Cells.Mixed) unsigned).bits()).containsExactly(-1L);
  }

  @Test
  void nullAndNanAreMissingAndInfinityIsInfinite() {
    Cells cells = cells("'shape':[4],'datatype':'FP32','data':[null,NaN,Infinity,-Infinity]");
    assertThat(cells.kind(0)).isEqualTo(Cells.Kind.MISSING);
    assertThat(cells.kind(1)).isEqualTo(Cells.Kind.MISSING);
    assertThat(cells.number(2)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(cells.number(3)).isEqualTo(Double.NEGATIVE_INFINITY);
    refused("{'inputs':[{'name':'x','shape':[1],'datatype':'FP32','data':[1e999]}]}")
        .hasMessageContaining("too large");
  }

  @Test
  void textsAndBooleansAreOfTheirOwnKind() {
    assertThat(((Cells.Texts) cells("'shape':[2],'datatype':'BYTES','data':['a','é😀']")).values())
        .containsExactly("a", "é😀");
    assertThat(((Cells.Truths) cells("'shape':[2],'datatype':'BOOL','data':[true,false]")).values())
        .containsExactly(true, false);
  }

  @Test
  void aScalarIsOneRow() {
    Rows rows = input("'shape':[],'datatype':'FP32','data':[5]").rows(10, 10, false);
    assertThat(rows.count()).isEqualTo(1);
    assertThat(rows.blocks().get(0).shapes().dimensions(0)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'shape':[2,2],'datatype':'FP32','data':[1,2,3] | needs 4 elements, got 3",
        "'shape':[2],'datatype':'FP32','data':[1,2,3] | needs 2 elements, got 3",
        "'shape':[2,3],'datatype':'FP32','data':[[1,2],[3,4],[5,6]] | nested as [3, 2]",
        "'shape':[2,2],'datatype':'FP32','data':[[1,2],[3]] | not of one length",
        "'shape':[-1,2],'datatype':'FP32','data':[1,2] | negative dimension",
        "'shape':[4294967296,4294967296],'datatype':'FP32','data':[1] | more elements than any",
        "'shape':[65536,65536],'datatype':'FP32','data':[1] | more elements than any",
        "'shape':[99999999999999999999],'datatype':'FP32','data':[1] | more elements than any",
        "'shape':[2147483647],'datatype':'FP32','data':[1] | needs 2147483647 elements, got 1",
        "'shape':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],'datatype':'FP32','data':[1] | more than 16",
        "'shape':['1'],'datatype':'FP32','data':[1] | /inputs/0/shape/0: expected a whole number",
        "'shape':[1.0],'datatype':'FP32','data':[1] | expected a whole number, got a number",
        "'shape':2,'datatype':'FP32','data':[1] | /inputs/0/shape: expected an array",
        "'shape':[1],'datatype':'FP31','data':[1] | there is no datatype 'FP31'",
        "'shape':[1],'datatype':'fp32','data':[1] | write it in capitals",
        "'shape':[1],'datatype':7,'data':[1] | /inputs/0/datatype: expected a string",
        "'shape':[1],'data':[1] | the member datatype is missing",
        "'datatype':'FP32','data':[1] | the member shape is missing",
        "'shape':[1],'datatype':'FP32' | neither data nor",
        "'shape':[1],'datatype':'FP32','data':null | neither data nor",
        "'shape':[1],'datatype':'FP32','data':1 | /inputs/0/data: expected an array",
        "'shape':[1],'datatype':'FP32','data':{'0':1} | /inputs/0/data: expected an array",
        "'shape':[1],'datatype':'FP32','data':[{}] | expected a number",
        "'shape':[1],'datatype':'FP32','parameters':{'binary_data_size':4} | only 0 bytes are left",
        "'shape':[1],'datatype':'FP32','parameters':{'binary_data_size':-1} | expected a whole",
        "'shape':[1],'datatype':'FP32','parameters':{'binary_data_size':9e15} | less than 2^31",
        "'shape':[1],'datatype':'FP32','parameters':{'binary_data_size':'4'} | expected a whole",
        "'shape':[1],'datatype':'FP32','data':[1],'parameters':{'binary_data_size':0} | one of them",
        "'shape':[1],'datatype':'FP32','data':[1],'parameters':[] | expected an object",
        "'shape':[1],'datatype':'FP32','parameters':{'shared_memory_region':'r'} | no shared memory",
        "'shape':[1],'datatype':'BYTES','data':['\\ud800'] | half of a character",
      })
  void aWrongInputIsRefused(String members, String why) {
    refused("{'inputs':[{'name':'x'," + members + "}]}").hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | expected a JSON object",
        "{} | inputs: expected at least one",
        "{'inputs':[]} | inputs: expected at least one",
        "{'inputs':{}} | /inputs: expected an array",
        "{'inputs':[1]} | /inputs/0: expected an object",
        "{'inputs':[{}]} | the member name is missing",
        "{'id':1,'inputs':[INPUT]} | /id: expected a string",
        "{'id':'\\ud800','inputs':[INPUT]} | half of a character",
        "{'inputs':[INPUT,INPUT]} | 'x' is there twice",
        "{'inputs':[INPUT],'outputs':[{'name':'o'},{'name':'o'}]} | 'o' is there twice",
        "{'inputs':[INPUT],'outputs':[{}]} | /outputs/0: the member name is missing",
        "{'inputs':[INPUT],'outputs':['o']} | /outputs/0: expected an object",
        "{'inputs':[INPUT],'inputs':[INPUT]} | Duplicate",
        "{'inputs':[INPUT]} x | not valid JSON",
        "{'inputs':[INPUT]}{} | expected the end",
        "{'inputs':[INPUT] | Inference-Header-Content-Length",
        "{'inputs':[INPUT],'parameters':{'sequence_id':7}} | there are no sequences",
        "{'inputs':[INPUT],'parameters':{'sequence_id':'s'}} | there are no sequences",
        "{'inputs':[INPUT],'parameters':{'sequence_start':true}} | there are no sequences",
        "{'inputs':[INPUT],'parameters':{'triton_x':true}} | are reserved",
        "{'inputs':[INPUT],'parameters':{'binary_data_output':1}} | expected true or false",
        "{'inputs':[INPUT],'outputs':[{'name':'o','parameters':{'classification':0}}]} | at least 1",
      })
  void aWrongRequestIsRefused(String json, String why) {
    String input = "{'name':'x','shape':[1],'datatype':'FP32','data':[1]}";
    refused(json.replace("INPUT", input)).hasMessageContaining(why);
  }

  @Test
  void hintsArePassedOver() {
    InferRequest request =
        read(
            "{'parameters':{'priority':1,'timeout':5,'sequence_id':0,'sequence_start':false,"
                + "'sequence_end':false,'mine':[1,{'a':2}]},'inputs':[{'name':'x','shape':[1],"
                + "'datatype':'FP32','data':[1],'parameters':{'content_type':'np'}}]}");
    assertThat(request.inputs()).hasSize(1);
  }

  @Test
  void bytesBehindTheJsonGoToTheirInputs() {
    ByteBuffer tail = bytes(4 * 2 + 3 + 4 + 5 + 8);
    tail.putFloat(1.5f).putFloat(-2).put(new byte[] {1, 0, 1});
    tail.putInt(5).put("h\u00e9ll".getBytes(UTF_8)).putLong(-1).flip();
    InferRequest request =
        read(
            """
            {"inputs":[
            {"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},
            {"name":"j","shape":[1],"datatype":"FP32","data":[7]},
            {"name":"b","datatype":"BOOL","parameters":{"binary_data_size":3},"shape":[3]},
            {"name":"c","shape":[1,1],"datatype":"BYTES","parameters":{"binary_data_size":9}},
            {"name":"d","shape":[1],"datatype":"UINT64","parameters":{"binary_data_size":8}}]}""",
            tail);
    assertThat(((Cells.Floats) request.inputs().get(0).cells()).values()).containsExactly(1.5f, -2);
    assertThat(request.inputs().get(1).cells().number(0)).isEqualTo(7);
    assertThat(((Cells.Truths) request.inputs().get(2).cells()).values())
        .containsExactly(true, false, true);
    assertThat(((Cells.Texts) request.inputs().get(3).cells()).values())
        .containsExactly("h\u00e9ll");
    assertThat(request.inputs().get(4).cells().kind(0)).isEqualTo(Cells.Kind.UNSIGNED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[2]|FP32|4|4| 2 elements of FP32 are 8 bytes, got 4",
        "[2]|FP32|8|4| only 4 bytes are left",
        "[1]|FP32|4|5| 1 bytes are left over",
        "[536870911]|FP32|4|4| 536870911 elements of FP32 are 2147483644 bytes, got 4",
        "[2147483647]|FP64|4|4| 2147483647 elements of FP64 are 17179869176 bytes, got 4",
        "[2147483647]|BYTES|4|4| 2147483647 strings need more bytes than the 4",
        "[1]|BYTES|0|0| 1 strings need more bytes than the 0",
        "[1]|BYTES|5|5| its string 0 goes beyond the end",
        "[0]|BYTES|5|5| 5 bytes are left over after its 0 strings",
        "[5]|BOOL|5|5| a boolean is a byte of 0 or 1, got 255",
      })
  void wrongLengthsAreRefused(String shape, String type, int size, int sent, String why) {
    ByteBuffer tail = bytes(sent);
    for (int i = 0; i < sent; i++) {
      tail.put((byte) 0xff);
    }
    String json =
        "{\"inputs\":[{\"name\":\"x\",\"shape\":SHAPE,\"datatype\":\"TYPE\",\"parameters\":"
            + "{\"binary_data_size\":SIZE}}]}";
    String request =
        json.replace("SHAPE", shape).replace("TYPE", type).replace("SIZE", String.valueOf(size));
    assertThatThrownBy(() -> read(request, tail.flip()))
        .isInstanceOf(ServingException.class)
        .hasMessageContaining(why);
  }

  private static InferRequest text(int... text) {
    ByteBuffer tail = bytes(4 + text.length).putInt(text.length);
    for (int each : text) {
      tail.put((byte) each);
    }
    String json =
        """
        {"inputs":[{"name":"x","shape":[1],"datatype":"BYTES",\
        "parameters":{"binary_data_size":SIZE}}]}""";
    return read(json.replace("SIZE", String.valueOf(4 + text.length)), tail.flip());
  }

  @Test
  void textsThatAreNotUtf8AreRefused() {
    int[][] wrong = {{0xc3, 0x28}, {0xff}, {'a', 0xc0, 0x80}, {0xed, 0xa0, 0x80}, {0xf0, 0x9f}};
    for (int[] each : wrong) {
      assertThatThrownBy(() -> text(each)).hasMessageContaining("string 0 is not UTF-8");
    }
    Cells replacement = text(0xef, 0xbf, 0xbd).inputs().get(0).cells();
    assertThat(((Cells.Texts) replacement).values()).containsExactly("\ufffd");
  }

  @Test
  void rowsAreCountedByTheFirstDimension() {
    String inputs =
        "{'inputs':[{'name':'a','shape':[2],'datatype':'INT64','data':[1,2]},"
            + "{'name':'b','shape':[1,2],'datatype':'INT64','data':[1,2]}]}";
    assertThatThrownBy(() -> read(inputs).rows(10, 10, false))
        .hasMessageContaining("'b': the first dimension counts the rows")
        .hasMessageContaining("'a' has 2");
    InferRequest none = input("'shape':[0,4],'datatype':'FP32','data':[]");
    assertThatThrownBy(() -> none.rows(10, 10, false)).hasMessageContaining("it has no rows");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void tooMuchIsTooLarge(int limit) {
    InferRequest request = input("'shape':[4],'datatype':'FP32','data':[1,2,3,4]");
    if (limit == 4) {
      assertThat(request.rows(limit, limit, false).count()).isEqualTo(4);
      return;
    }
    assertThatThrownBy(() -> request.rows(limit, 10, false)).hasMessageContaining("3 rows");
    assertThatThrownBy(() -> request.rows(10, limit, false)).hasMessageContaining("3 numbers");
    assertThatThrownBy(
            () -> input("'shape':[101],'datatype':'FP32','data':[" + "1,".repeat(100) + "1]"))
        .isInstanceOfSatisfying(
            ServingException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE));
  }
}
