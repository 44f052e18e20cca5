package com.busdk.cli.serve;

import com.busdk.cli.files.PrivateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The key by which the local stack's auth service knows services and operators ({@code bus operator token issue}): {@code
 * BUS_AUTH_INTERNAL_SHARED_KEY}, else one that is made at the first start and kept in the data directory, for its owner
 * alone. Stateless; on the command's thread.
 */
final class LocalInternalKey {
    /** Variable with the user's own. */
    static final String VARIABLE = "BUS_AUTH_INTERNAL_SHARED_KEY";

    /** Where the user's own may be instead. */
    static final String FILE_VARIABLE = "BUS_AUTH_INTERNAL_KEY_FILE";

    /** File that keeps the key, below the data directory. */
    static final String FILE = "internal-key";

    /** Nobody guesses so many, over a network or off it. */
    private static final int BYTES = 32;

    private LocalInternalKey() {}

    /**
     * The file with the stack's own key, made where it is not there yet.
     *
     * @param variables the environment
     * @param dataDirectory of the stack
     * @return the file; empty where the user has given a key
     */
    static Optional<Path> of(Map<String, String> variables, Path dataDirectory) throws IOException {
        for (String own : List.of(VARIABLE, FILE_VARIABLE)) {
            if (!variables.getOrDefault(own, "").isBlank()) {
                return Optional.empty();
            }
        }
        Path file = dataDirectory.toAbsolutePath().resolve(FILE);
        if (Files.notExists(file)) {
            byte[] fresh = new byte[BYTES];
            new SecureRandom().nextBytes(fresh);
            PrivateFiles.write(file, HexFormat.of().formatHex(fresh) + "\n");
        }
        return Optional.of(file);
    }
}
