package io.manymodels.cli.callers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Present;
import org.snakeyaml.engine.v2.api.lowlevel.Serialize;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Changes the list of callers in the text of a file, and keeps the rest of it with its comments. A
 * file that is JSON stays JSON. Not thread-safe.
 */
final class CallersYaml {
  private static final String CALLERS = "callers";
  private static final int WIDTH = 120;

  private final MappingNode root;
  private final boolean json;

  private CallersYaml(MappingNode root) {
    this.root = root;
    this.json = root.getFlowStyle() == FlowStyle.FLOW;
  }

  /**
   * Adds an entry behind all others.
   *
   * @param text of a file that is right, or empty
   * @param entry texts, numbers, lists and maps
   */
  static String with(String text, Map<String, Object> entry) {
    CallersYaml yaml = of(text);
    SequenceNode callers = yaml.callers();
    callers.getValue().add(yaml.node(entry));
    return yaml.text();
  }

  /** Leaves out the entries whose texts, by their keys, are such. */
  static String without(String text, Predicate<Map<String, String>> gone) {
    CallersYaml yaml = of(text);
    yaml.callers().getValue().removeIf(entry -> gone.test(texts(entry)));
    return yaml.text();
  }

  private static CallersYaml of(String text) {
    LoadSettings settings = LoadSettings.builder().setParseComments(true).build();
    return new CallersYaml(
        new Compose(settings)
            .composeString(text)
            .filter(MappingNode.class::isInstance)
            .map(MappingNode.class::cast)
            .orElseGet(() -> new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK)));
  }

  /** The list of callers, made unless it is there. */
  private SequenceNode callers() {
    List<NodeTuple> tuples = root.getValue();
    for (int i = 0; i < tuples.size(); i++) {
      if (tuples.get(i).getKeyNode() instanceof ScalarNode key && key.getValue().equals(CALLERS)) {
        if (tuples.get(i).getValueNode() instanceof SequenceNode found
            && !found.getValue().isEmpty()) {
          return found;
        }
        SequenceNode made = list();
        tuples.set(i, new NodeTuple(key, made));
        return made;
      }
    }
    SequenceNode made = list();
    tuples.add(new NodeTuple(node(CALLERS), made));
    return made;
  }

  private SequenceNode list() {
    return new SequenceNode(Tag.SEQ, new ArrayList<>(), json ? FlowStyle.FLOW : FlowStyle.BLOCK);
  }

  private static Map<String, String> texts(Node entry) {
    Map<String, String> texts = new HashMap<>();
    if (entry instanceof MappingNode fields) {
      for (NodeTuple field : fields.getValue()) {
        if (field.getKeyNode() instanceof ScalarNode key
            && field.getValueNode() instanceof ScalarNode value) {
          texts.put(key.getValue(), value.getValue());
        }
      }
    }
    return texts;
  }

  private Node node(@Nullable Object value) {
    if (value instanceof Map<?, ?> fields) {
      List<NodeTuple> tuples = new ArrayList<>();
      fields.forEach((key, field) -> tuples.add(new NodeTuple(node(key), node(field))));
      return new MappingNode(Tag.MAP, tuples, json ? FlowStyle.FLOW : FlowStyle.BLOCK);
    }
    if (value instanceof List<?> entries) {
      List<Node> nodes = new ArrayList<>();
      entries.forEach(entry -> nodes.add(node(entry)));
      return new SequenceNode(Tag.SEQ, nodes, FlowStyle.FLOW);
    }
    if (value instanceof Double number) {
      return new ScalarNode(Tag.FLOAT, number.toString(), ScalarStyle.PLAIN);
    }
    return new ScalarNode(
        Tag.STR, String.valueOf(value), json ? ScalarStyle.DOUBLE_QUOTED : ScalarStyle.PLAIN);
  }

  private String text() {
    DumpSettings settings =
        DumpSettings.builder().setDumpComments(true).setWidth(WIDTH).setSplitLines(false).build();
    return new Present(settings)
        .emitToString(new Serialize(settings).serializeOne(root).iterator());
  }
}
