package com.busdk.gateway.http;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A certificate and its key, both PEM. Immutable; its methods read files, so they are for threads that may block.
 *
 * @param certificate the chain, the server's own certificate first
 * @param key the private key
 */
public record TlsFiles(Path certificate, Path key) {
    /** A chain of certificates is a few kilobytes. */
    private static final long MAX_BYTES = 1 << 20;

    /** What the files held at one moment. */
    @SuppressWarnings("ArrayRecordComponent") // compared by sameAs
    record Content(byte[] certificate, byte[] key) {
        boolean sameAs(Content other) {
            return Arrays.equals(certificate, other.certificate) && Arrays.equals(key, other.key);
        }

        PemKeyCertOptions options() {
            return new PemKeyCertOptions()
                    .setCertValue(Buffer.buffer(certificate))
                    .setKeyValue(Buffer.buffer(key));
        }

        @Override
        public String toString() {
            return "Content[" + certificate.length + " bytes]"; // the key does not print
        }
    }

    /**
     * The files of {@code --tls-cert} and {@code --tls-key}.
     *
     * @param settings where to look
     * @return both, or empty if neither is given
     * @throws ConfigException if only one is given
     */
    public static Optional<TlsFiles> read(Settings settings) {
        Optional<Path> certificate = settings.read("tls-cert", Path::of);
        Optional<Path> key = settings.read("tls-key", Path::of);
        if (certificate.isPresent() != key.isPresent()) {
            throw new ConfigException("--tls-cert", "--tls-cert and --tls-key go together; give both or neither");
        }
        return certificate.map(file -> new TlsFiles(file, key.orElseThrow()));
    }

    /** Reads both files, or null while somebody changes one after the other: a certificate and a key that do not match. */
    @Nullable
    Content settled() throws IOException {
        Content first = content();
        Content second = content();
        return second.sameAs(first) ? second : null;
    }

    /** Reads both files. */
    Content content() throws IOException {
        return new Content(bytes(certificate), bytes(key));
    }

    private static byte[] bytes(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IOException(file + " is too large for a PEM file");
        }
        return Files.readAllBytes(file);
    }
}
