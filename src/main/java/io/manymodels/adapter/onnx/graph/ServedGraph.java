package io.manymodels.adapter.onnx.graph;

import io.manymodels.model.ModelRef;
import io.manymodels.model.ServingException;
import io.manymodels.protobuf.ProtobufMessage;
import io.manymodels.tensor.Cells;
import io.manymodels.tensor.Signature;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What ONNX Runtime is given of a model: the file, changed only where it, its Java binding or this
 * machine cannot take it as it is. The names of inputs and outputs are those of the file.
 *
 * <ul>
 *   <li>An initialiser that is an input too is left out: the binding only takes inputs. So each run
 *       is given a value for it, the caller's or {@link #defaults}.
 *   <li>A ZipMap whose maps are an output is left out: the output is the tensor that it would make
 *       maps of, and {@link #keys} are the keys. It costs more than most models, and takes no
 *       tensor of doubles, which converters feed it all the same.
 *   <li>Constant texts and the names of values are in the encoding of the binding; see {@link
 *       ModifiedUtf8}.
 *   <li>A locale that the machine lacks is another; see {@link TextLocales}.
 *   <li>An Imputer of doubles is other operators with the same answer; see {@link DoubleImputers}.
 *   <li>An output that is declared as doubles wrongly is declared rightly; see {@link
 *       SingleOutputs}.
 *   <li>An input of unsigned numbers of 16, 32 or 64 bits takes signed ones with the same bits: the
 *       binding has no others.
 *   <li>A {@code TopK} that may be given no rows is not run then; see {@link EmptyTopK}.
 *   <li>Version numbers are lower where that changes nothing; see {@link Versions}.
 * </ul>
 *
 * @param bytes what the session is made of: the file itself when nothing had to be changed; else a
 *     copy, in direct memory when the file is
 * @param signature of the file
 * @param defaults by the name of each optional input
 * @param keys by the name of each output that is {@link io.manymodels.tensor.ModelOutput.Form#MAPS}
 *     to the caller and a tensor of the session: what its columns are called, texts or whole
 *     numbers. The tensor has one row a map, or one dimension for a single map; it is the caller
 *     who checks that it has a column for each key.
 * @param textOperators the names of operators in the model that look inside texts
 * @param plainTexts the names of the inputs whose texts may go into these: they are not to be given
 *     a text with a character beyond U+FFFF, or U+0000, which would fail or be answered wrongly
 * @param asciiTokens the names of those of {@code plainTexts} of which only words of ASCII letters
 *     are looked at: such a character may be replaced by U+FFFD, with the same answer
 */
public record ServedGraph(
    ByteBuffer bytes,
    Signature signature,
    Map<String, DefaultTensor> defaults,
    Map<String, Cells> keys,
    Set<String> textOperators,
    Set<String> plainTexts,
    Set<String> asciiTokens) {

  public ServedGraph {
    defaults = Map.copyOf(defaults);
    keys = Map.copyOf(keys);
    textOperators = Set.copyOf(textOperators);
    plainTexts = Set.copyOf(plainTexts);
    asciiTokens = Set.copyOf(asciiTokens);
  }

  /**
   * Reads the file, whose position does not move.
   *
   * @throws ServingException {@code LOAD_FAILED} as {@link GraphSignature#of}, when a change that
   *     is needed cannot be made, and when ONNX Runtime would end the process over the file
   */
  public static ServedGraph of(ModelRef ref, ByteBuffer file, TextLocales locales) {
    OnnxGraph graph = OnnxGraph.of(ref, file);
    Signature signature = GraphSignature.of(ref, graph);
    try {
      FunctionCalls.check(file);
      ServedRewrite rewrite = new ServedRewrite(graph, locales);
      @Nullable ProtobufMessage changed = rewrite.file(file);
      Set<String> plainTexts = rewrite.plainTexts(graph);
      return new ServedGraph(
          changed == null ? file : joined(changed, file.isDirect()),
          signature,
          defaults(graph),
          rewrite.keys(),
          rewrite.textOperators(),
          plainTexts,
          plainTexts.isEmpty() ? plainTexts : new AsciiTokens(graph).of(plainTexts));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw GraphRefusal.ofModel(ref, e);
    }
  }

  private static Map<String, DefaultTensor> defaults(OnnxGraph graph) {
    Map<String, DefaultTensor> defaults = new HashMap<>();
    graph
        .initialisers()
        .forEach(
            (name, tensor) -> {
              if (graph.isOptional(name)) {
                defaults.put(name, TensorValues.of(tensor));
              }
            });
    return defaults;
  }

  private static ByteBuffer joined(ProtobufMessage message, boolean direct) {
    int size = Math.toIntExact(message.size());
    ByteBuffer joined = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    message.writeTo(joined);
    return joined.flip();
  }
}
