package com.busdk.workers.upcloud.runner;

import com.busdk.workers.upcloud.power.PowerControl;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads public keys in OpenSSH's one-line form (sshd(8), "AUTHORIZED_KEYS FILE FORMAT", without options). Their comments,
 * which name people and machines, are left out. A private key is refused before any of it goes anywhere. Stateless.
 */
final class PublicKeys {
    /** A public key has less than 2 kB; a file may have a few. */
    private static final int MAX_FILE_BYTES = 64 * 1024;

    private static final Pattern KEY =
            Pattern.compile("((?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]{1,64}) ([A-Za-z0-9+/]{16,8192}={0,3})(?:\\s.*)?");
    private static final Logger LOG = LoggerFactory.getLogger(PublicKeys.class);

    private PublicKeys() {}

    /** All keys of the files; fails with {@code vm_unavailable}, whose message does not name files. */
    static Future<List<String>> read(Vertx vertx, List<Path> files) {
        if (files.isEmpty()) {
            return Future.failedFuture(PowerControl.unavailable("there is no runner, and none can be created:"
                    + " set --container-ssh-keys (UPCLOUD_CONTAINER_SSH_KEYS) to public key files"));
        }
        return vertx.executeBlocking(() -> all(files), false);
    }

    private static List<String> all(List<Path> files) {
        List<String> keys = new ArrayList<>();
        for (Path file : files) {
            try {
                keys.addAll(parse(text(file)));
            } catch (IOException | IllegalArgumentException e) {
                LOG.error("public key file {} cannot be used: {}", file, e.getMessage());
                throw PowerControl.unavailable("a file of --container-ssh-keys (UPCLOUD_CONTAINER_SSH_KEYS) cannot be"
                        + " used; the worker's log says which, and why");
            }
        }
        return keys;
    }

    static List<String> parse(String text) {
        if (text.contains("PRIVATE KEY")) {
            throw new IllegalArgumentException("it is a private key: give the file that ends in .pub");
        }
        List<String> keys = new ArrayList<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            Matcher key = KEY.matcher(line);
            if (!key.matches()) {
                throw new IllegalArgumentException("it has a line that is no public key, such as ssh-ed25519 AAAA…");
            }
            keys.add(key.group(1) + " " + key.group(2));
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("it has no key");
        }
        return keys;
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
            if (bytes.length > MAX_FILE_BYTES) {
                throw new IllegalArgumentException("it is longer than " + MAX_FILE_BYTES + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
