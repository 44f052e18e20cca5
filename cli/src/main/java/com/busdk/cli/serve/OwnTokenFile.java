package com.busdk.cli.serve;

import com.busdk.cli.files.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of the user's in which {@code bus up} puts a token, unless one of other origin is there: which one was put there
 * by it is known by its hash in a file beside it. Stateless; on the command's thread.
 */
final class OwnTokenFile {
    /** What the name of the file with the hashes of those that are ours ends in. */
    static final String MARK = ".by-bus-up";

    private OwnTokenFile() {}

    /**
     * Puts a token into a file.
     *
     * @param place the file
     * @param token the token
     * @return false if a token of other origin is there, and stays
     * @throws IOException if a file cannot be read or written
     */
    static boolean put(Path place, String token) throws IOException {
        Path mark = place.resolveSibling(place.getFileName() + MARK);
        String there = read(place);
        if (!there.isEmpty() && !read(mark).lines().toList().contains(hash(there))) {
            return false;
        }
        // Both hashes, and before the token: whatever of this comes to pass, the token that is there is known as ours.
        PrivateFiles.write(mark, hash(there) + "\n" + hash(token) + "\n");
        PrivateFiles.write(place, token + "\n");
        return true;
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
