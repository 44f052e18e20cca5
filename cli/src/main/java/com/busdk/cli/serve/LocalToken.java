package com.busdk.cli.serve;

import com.busdk.cli.files.PrivateFiles;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.config.BusDirs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The token with which this user's commands reach the local stack. It is always kept in the data directory, and put where
 * commands look for one ({@code auth/api-token} under the config root) unless a token of other origin is there: which one
 * was put there by {@code bus up} is known by its hash in a file beside it.
 *
 * @param file where the token is that commands use, or would have to be told to use
 * @param inPlace whether commands find it without being told
 * @param expires when it ends; each start of the stack renews it
 */
record LocalToken(Path file, boolean inPlace, Instant expires) {
    /** Long beside the time between two starts of a stack that somebody tries things on. */
    static final Duration TTL = Duration.ofDays(30);

    /** Name of the copy below the data directory. */
    static final String COPY = "api-token";

    /** Name of the file beside {@code api-token} with the hashes of those that are ours. */
    static final String MARK = "api-token.by-bus-up";

    private static final String SUBJECT = "local";

    /** Everything that the parts of the stack know, since its only user is its operator. */
    private static final String SCOPES = "events:send events:listen events:admin vm:read vm:write"
            + " container:read container:run container:delete container:admin ssh:run"
            + " usage:read usage:write usage:delete billing:read billing:setup billing:entitlement:check"
            + " billing:subscription:write billing:usage:export llm:proxy";

    /** Makes a token and puts it where it belongs. */
    static LocalToken renew(Hs256Secret secret, Path dataDirectory, BusDirs dirs, Clock clock) throws IOException {
        var grant = TokenMinter.Grant.service(SUBJECT, Scopes.parse(SCOPES)).withTtl(TTL);
        String token = new TokenMinter(secret, clock).mint(grant);
        Instant expires = clock.instant().plus(TTL);
        Path copy = dataDirectory.resolve(COPY);
        PrivateFiles.write(copy, token + "\n");
        Path place = dirs.apiTokenFile();
        Path mark = place.resolveSibling(MARK);
        String there = read(place);
        if (!there.isEmpty() && !read(mark).lines().toList().contains(hash(there))) {
            return new LocalToken(copy, false, expires);
        }
        // Both hashes, and before the token: whatever of this comes to pass, the token that is there is known as ours.
        PrivateFiles.write(mark, hash(there) + "\n" + hash(token) + "\n");
        PrivateFiles.write(place, token + "\n");
        return new LocalToken(place, true, expires);
    }

    /** The content without white space around it; empty for no file. */
    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
        } catch (NoSuchFileException _) {
            return "";
        }
    }

    private static String hash(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.ISO_8859_1));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
