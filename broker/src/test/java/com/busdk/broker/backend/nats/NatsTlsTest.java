package com.busdk.broker.backend.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service believes a server that has a certificate of the authority, for the name that the operator gave, and no other. */
class NatsTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    Path folder;

    private NatsServers servers;

    @BeforeEach
    void look() {
        Assumptions.assumeTrue(NatsServers.available(), "nats-server is not installed");
    }

    @AfterEach
    void stop() {
        if (servers != null) {
            servers.close();
        }
    }

    /** Its own authority, so that the certificate is all there is. Returns it. */
    private Path start(String names) throws Exception {
        Path store = folder.resolve("store.p12");
        Process made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=a server",
                        "-ext",
                        "SAN=" + names,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool").toFile())
                .start();
        assertTrue(made.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, made.exitValue(), () -> read(folder.resolve("keytool")));
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        Certificate certificate = keys.getCertificate("server");
        Path authority = pem("cert.pem", "CERTIFICATE", certificate.getEncoded());
        Path key = pem(
                "key.pem",
                "PRIVATE KEY",
                keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
        servers = NatsServers.one(
                folder, "tls { cert_file: \"" + authority + "\", key_file: \"" + key + "\", timeout: 5 }\n");
        return authority;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Path pem(String file, String what, byte[] bytes) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return Files.writeString(
                folder.resolve(file), "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }

    private NatsOptions options(Path authority, String... hosts) {
        int port = URI.create(servers.url()).getPort();
        List<String> urls = new ArrayList<>();
        for (String host : hosts) {
            urls.add("tls://" + host + ":" + port);
        }
        return new NatsOptions(urls, null, authority, 1, "TLS");
    }

    private static void assertConnects(NatsOptions options) throws Exception {
        try (NatsLink link = NatsLink.open(options, "test")) {
            assertTrue(link.connected());
            Streams.make(link, options);
        }
    }

    @Test
    void shouldConnectToAServerOfTheName() throws Exception {
        Path authority = start("dns:localhost");
        assertConnects(options(authority, "localhost"));
    }

    @Test
    void shouldConnectToAServerOfTheAddress() throws Exception {
        Path authority = start("ip:127.0.0.1");
        assertConnects(options(authority, "127.0.0.1"));
    }

    @Test
    void shouldRefuseACertificateForAnotherName() throws Exception {
        Path authority = start("dns:elsewhere.example");
        assertThrows(IOException.class, () -> NatsLink.open(options(authority, "localhost"), "test"));
        assertThrows(IOException.class, () -> NatsLink.open(options(authority, "127.0.0.1"), "test"));
    }

    @Test
    void shouldRefuseACertificateOfAnAuthorityThatIsNotTrusted() throws Exception {
        start("dns:localhost");
        assertThrows(IOException.class, () -> NatsLink.open(options(null, "localhost"), "test"));
    }

    @Test
    void shouldNameTheOptionOfAFileWithoutCertificates() throws Exception {
        start("dns:localhost");
        Path empty = Files.writeString(folder.resolve("empty"), "");
        for (Path file : List.of(empty, folder.resolve("none"))) {
            ConfigException failure =
                    assertThrows(ConfigException.class, () -> NatsLink.open(options(file, "localhost"), "test"));
            assertTrue(failure.option().contains("--nats-ca"), failure.getMessage());
        }
    }
}
