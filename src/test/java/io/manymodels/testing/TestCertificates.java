package io.manymodels.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A certificate of this machine, made by the JDK's keytool, as files in PEM.
 *
 * @param authority the one that signed it
 * @param certificate of {@code host}
 * @param key of the certificate
 */
public record TestCertificates(Path authority, Path certificate, Path key) {
  private static final String PASSWORD = "changeit";

  /** Makes a new authority and a certificate for the host, as {@code localhost}. */
  public static TestCertificates make(Path folder, String host) throws Exception {
    Path store = folder.resolve("keys.p12");
    keytool(store, "-genkeypair", "-alias", "ca", "-dname", "CN=test authority", "-ext", "bc:c");
    keytool(
        store,
        "-genkeypair",
        "-alias",
        "server",
        "-signer",
        "ca",
        "-dname",
        "CN=" + host,
        "-ext",
        "san=dns:" + host);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new TestCertificates(
        pem(folder.resolve("ca.pem"), "CERTIFICATE", keys.getCertificate("ca").getEncoded()),
        pem(
            folder.resolve("server.pem"),
            "CERTIFICATE",
            keys.getCertificate("server").getEncoded()),
        pem(
            folder.resolve("server.key"),
            "PRIVATE KEY",
            keys.getKey("server", PASSWORD.toCharArray()).getEncoded()));
  }

  private static void keytool(Path store, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
      throw new IllegalStateException(command + ": " + said);
    }
  }

  private static Path pem(Path file, String what, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
  }
}
