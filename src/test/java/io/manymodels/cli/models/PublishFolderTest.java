package io.manymodels.cli.models;

import static io.manymodels.testing.Artifacts.tinyOnnx;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.manymodels.cli.console.Progress;
import io.manymodels.testing.FakeTicker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishFolderTest {
  @TempDir private Path folder;
  private Path from;
  private ModelsRun models;

  @BeforeEach
  void makeFolders() throws IOException {
    from = Files.createDirectory(folder.resolve("from"));
    models = new ModelsRun(folder.resolve("models"));
  }

  private void put(String name, byte[] bytes) throws IOException {
    Path file = from.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private ModelsRun.Result publish(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "publish";
    all[1] = "--dir";
    all[2] = from.toString();
    System.arraycopy(more, 0, all, 3, more.length);
    return models.run(all);
  }

  @Test
  void filesAreNamedAfterTheirTenants() throws Exception {
    put("t1.onnx", tinyOnnx("row_sum"));
    put("a.b-c.onnx", tinyOnnx("positive"));
    put("README.md", new byte[] {1});
    put(".hidden.onnx", new byte[] {1});
    ModelsRun.Result result = publish("--description", "all of them");
    assertThat(result.out())
        .startsWith("published 2 models, left alone 1 that are none; 2 are live");
    assertThat(result.exitCode()).isZero();
    assertThat(models.json("show", "a.b-c").path("versions").get(0).path("description").asText())
        .isEqualTo("all of them");
    publish();
    assertThat(models.json("list", "t1").toString())
        .isEqualTo("{\"tenant\":\"t1\",\"live\":1,\"versions\":2}");
    publish("--live");
    assertThat(models.json("list", "t1").path("live").asInt()).isEqualTo(3);
  }

  @Test
  void theLayoutOfARegistryIsKeptAndCanBePublishedAgain() throws Exception {
    put("t1/2/model.onnx", tinyOnnx("row_sum"));
    put(
        "t1/2/metadata.json",
        "{\"version\":2,\"size\":1,\"description\":\"two\"}"
            .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    put("t1/10/model.onnx", tinyOnnx("positive"));
    put("t2/1/model.onnx", tinyOnnx("positive"));
    put("t2/3/model.onnx", tinyOnnx("positive"));
    put("t2/live", new byte[] {'1'});
    put("nothing/1/notes.txt", new byte[] {1});
    assertThat(publish("--live").exitCode()).isZero();
    JsonNode shown = models.json("show", "t1");
    assertThat(shown.path("live").asInt()).isEqualTo(10);
    assertThat(shown.path("versions").get(0).path("description").asText()).isEqualTo("two");
    assertThat(models.json("list", "t2").toString())
        .isEqualTo("{\"tenant\":\"t2\",\"live\":1,\"versions\":2}");

    put("t1/11/model.onnx", tinyOnnx("positive"));
    assertThat(publish().out()).startsWith("published 1 models, 4 were there already");
    put("t1/2/model.onnx", tinyOnnx("colour"));
    ModelsRun.Result other = publish();
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("failed: t1/2 is published already");
  }

  @Test
  void badOnesAreListedAndTheOthersPublished() throws Exception {
    put("good.onnx", tinyOnnx("row_sum"));
    for (int i = 10; i < 40; i++) {
      put("bad" + i + ".onnx", new byte[] {1, 2, 3});
    }
    put("a b.onnx", tinyOnnx("row_sum"));
    ModelsRun.Result result = publish();
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).startsWith("published 1 models, 31 failed; 1 are live");
    List<String> lines = result.err().lines().toList();
    assertThat(lines).hasSize(22);
    assertThat(lines.get(0)).startsWith("failed: ").contains("a b.onnx", "a tenant is");
    assertThat(lines.get(1)).startsWith("failed: bad10/1: ");
    assertThat(lines.get(20)).isEqualTo("failed: and 11 more");
    assertThat(lines.get(21))
        .isEqualTo(
            "many-models: 31 of 32 models were not published to the registry " + models.uri());

    List<JsonNode> objects = publish("--json").lines();
    assertThat(objects).hasSize(33);
    assertThat(objects.get(32).path("failed").asInt()).isEqualTo(31);
    assertThat(objects.get(1).path("state").asText()).isEqualTo("failed");
    assertThat(objects.get(1).path("error").asText()).contains("bad10/1");
  }

  @Test
  void aFolderWithoutModelsIsRefused() throws Exception {
    publish().assertFailed(2, "--dir", "holds no model");
    models.run("publish", "--dir", "/nowhere").assertFailed(2, "--dir '/nowhere': cannot be read");
    put("t1.onnx", tinyOnnx("row_sum"));
    publish("--format", "onnx").assertFailed(2, "--dir FOLDER takes no");
  }

  @Test
  void progressIsALineThatChangesOnATerminalAndFewLinesElsewhere() {
    FakeTicker ticker = new FakeTicker();
    StringWriter terminal = new StringWriter();
    StringWriter file = new StringWriter();
    Progress changing = new Progress(new PrintWriter(terminal), 60, ticker, true);
    Progress lines = new Progress(new PrintWriter(file), 60, ticker, false);
    for (int i = 0; i < 60; i++) {
      ticker.advance(Duration.ofMillis(200));
      changing.done();
      changing.show();
      lines.done();
      lines.show();
    }
    changing.end();
    lines.end();
    assertThat(terminal.toString()).startsWith("\r1 of 60 models, 0 s").endsWith("12 s\n");
    assertThat(file.toString()).isEqualTo("25 of 60 models, 5 s\n50 of 60 models, 10 s\n");
  }
}
