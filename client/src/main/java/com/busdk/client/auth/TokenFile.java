package com.busdk.client.auth;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A token in a file that is read again each time. Any thread may ask; it blocks on the file. */
final class TokenFile implements TokenSource {
    /** A token that is longer does not fit into a request's headers. */
    private static final int MAX_BYTES = 16 * 1024;

    private static final Set<PosixFilePermission> OF_OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final Path file;
    private final Consumer<String> warn;
    private final AtomicBoolean warned = new AtomicBoolean();

    /** Set for the default file: the variables that would have been taken before it. */
    private final @Nullable List<String> variables;

    TokenFile(Path file, Consumer<String> warn) {
        this.file = file;
        this.warn = warn;
        this.variables = null;
    }

    TokenFile(Path file, Consumer<String> warn, List<String> variables) {
        this.file = file;
        this.warn = warn;
        this.variables = List.copyOf(variables);
    }

    @Override
    public String token() {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new TokenException(missing());
        } catch (IOException e) {
            throw new TokenException("cannot read the token file " + file + " ("
                    + e.getClass().getSimpleName() + "): check that it is a file this user may read");
        }
        if (content.length > MAX_BYTES) {
            throw new TokenException(
                    "the token file " + file + " is larger than a token: give one with just the token");
        }
        warnIfOthersMayRead();
        return check(new String(content, StandardCharsets.UTF_8), "the token file " + file);
    }

    /** The token without white space around it; refuses what could not be sent in a header. */
    static String check(String text, String where) {
        String token = text.strip();
        if (token.isEmpty()) {
            throw new TokenException(where + " is empty: " + howToGetOne());
        }
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c <= ' ' || c > '~') {
                throw new TokenException(where + " has more than a token in it: " + howToGetOne());
            }
        }
        return token;
    }

    @Override
    public String toString() {
        return "TokenFile[" + file + ']';
    }

    private String missing() {
        if (variables == null) {
            return "there is no token file " + file + ": check the path, or " + howToGetOne();
        }
        return "no token: give --token-file, set " + String.join(" or ", variables) + ", or have one in " + file + "; "
                + howToGetOne();
    }

    private static String howToGetOne() {
        return "get one with `bus auth token --scope \"<scope>\"`, or for a local stack"
                + " `bus operator token issue --local`";
    }

    private void warnIfOthersMayRead() {
        if (warned.get()) {
            return;
        }
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.stream().anyMatch(OF_OTHERS::contains) && warned.compareAndSet(false, true)) {
                warn.accept("others may read the token file " + file + ": chmod 600 it");
            }
        } catch (UnsupportedOperationException | IOException e) {
            warned.set(true); // a file system without such permissions, or the file went away: nothing to warn of
        }
    }
}
