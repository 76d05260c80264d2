package io.manymodels.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** The application's own copy of the folder registry, written to as an operator would. */
record RegistryFolder(Path root) {
  private static final String MODEL = "model.onnx";
  private static final String METADATA = "metadata.json";

  /** The artifact of a tenant's version 1. */
  byte[] artifact(String tenant) {
    try {
      return Files.readAllBytes(version1(tenant).resolve(MODEL));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Publishes version 1 of a tenant with these bytes. */
  void publish(String tenant, byte[] model) {
    publish(tenant, model, sha256(model));
  }

  /** The same, but the metadata names the given SHA-256. */
  void publish(String tenant, byte[] model, String sha256) {
    ObjectNode metadata = Answer.JSON.createObjectNode();
    metadata.put("tenant", tenant).put("version", 1).put("sha256", sha256);
    metadata.put("size", model.length).put("created", "2026-11-23T00:00:00Z").put("format", "onnx");
    write(tenant, model, metadata);
  }

  private void write(String tenant, byte[] model, JsonNode metadata) {
    try {
      Path version = Files.createDirectories(version1(tenant));
      replace(version.resolve(MODEL), model);
      replace(version.resolve(METADATA), metadata.toString().getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void replace(Path file, byte[] content) throws IOException {
    Path fresh = Files.write(file.resolveSibling("." + file.getFileName() + ".new"), content);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The tenants that have a folder. */
  List<String> tenants() {
    try (Stream<Path> folders = Files.list(root)) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a tenant that a test has published, if it is there. */
  void remove(String tenant) {
    Path folder = root.resolve(tenant);
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the whole registry away, as a mount that is gone. */
  void hide() {
    try {
      Files.move(root, hidden(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Brings it back, if it is away. */
  void show() {
    if (!Files.exists(hidden())) {
      return;
    }
    try {
      Files.move(hidden(), root, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path hidden() {
    return root.resolveSibling(root.getFileName() + ".away");
  }

  private Path version1(String tenant) {
    return root.resolve(tenant).resolve("1");
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
