package com.busdk.cli.serve;

import com.busdk.cli.command.CliException;
import com.busdk.cli.files.PrivateFiles;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.config.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The signing secret of the local stack: {@code BUS_API_JWT_SECRET}, else one that is made at the first start and kept in
 * the data directory, for its owner alone.
 */
final class LocalSecret {
    /** Variable that names the secret. */
    static final String VARIABLE = "BUS_API_JWT_SECRET";

    /** File that keeps the secret, below the data directory. */
    static final String FILE = "jwt-secret";

    /** As long as the hash of HS256 (RFC 7518, section 3.2). */
    private static final int BYTES = 32;

    private LocalSecret() {}

    /**
     * The text of the secret, as {@link Hs256Secret#parse} reads it.
     *
     * @throws CliException usage, when the one that is set or kept cannot be used
     */
    static String of(Map<String, String> variables, Path dataDirectory) throws IOException {
        try {
            Optional<Hs256Secret> given = Hs256Secret.fromEnvironment(variables, List.of(VARIABLE));
            return given.isPresent() ? variables.getOrDefault(VARIABLE, "") : kept(dataDirectory.resolve(FILE));
        } catch (ConfigException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    private static String kept(Path file) throws IOException {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8).strip();
            Hs256Secret.parse(text);
            return text;
        } catch (NoSuchFileException _) {
            byte[] fresh = new byte[BYTES];
            new SecureRandom().nextBytes(fresh);
            String text = "base64:" + Base64.getEncoder().encodeToString(fresh);
            PrivateFiles.write(file, text + "\n");
            return text;
        } catch (IllegalArgumentException e) {
            throw CliException.failed(file + ": " + e.getMessage() + "; delete it, and the next start makes another");
        }
    }
}
