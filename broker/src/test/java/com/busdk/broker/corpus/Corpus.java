package com.busdk.broker.corpus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Input that is kept, right and wrong, and changes of it by chance. What once broke something is kept as a further file
 * beside the others, as it was sent.
 */
public final class Corpus {
    /** Bytes that mean something to one reader or another. */
    private static final List<String> WORDS = List.of(
            "\r\n",
            "\r\n\r\n",
            "\n",
            "\r",
            "\0",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "%",
            "%00",
            "%0d%0a",
            "&",
            "=",
            "?",
            "/",
            "..",
            ";",
            " ",
            "0",
            "-1",
            "18446744073709551616",
            "ffffffff",
            "chunked",
            "Content-Length: 1\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Connection: close\r\n",
            "Expect: 100-continue\r\n",
            "HTTP/1.0",
            "\u00ff\u00fe",
            "\u00c0\u00ae",
            "\u00ed\u00a0\u0080",
            "x".repeat(300));

    private final List<byte[]> kept = new ArrayList<>();

    /** Reads the files of that folder of the tests' resources. */
    public Corpus(String folder) {
        try (Stream<Path> files =
                Files.list(Path.of(Corpus.class.getResource(folder).toURI()))) {
            for (Path file : files.sorted().toList()) {
                kept.add(Files.readAllBytes(file));
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All of it as it is. */
    public List<byte[]> kept() {
        return kept;
    }

    /** One of them with some changes, or parts of two. */
    public byte[] changed(Random random) {
        byte[] bytes = any(random);
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes = change(bytes, random);
        }
        return bytes;
    }

    private byte[] any(Random random) {
        return kept.get(random.nextInt(kept.size()));
    }

    private byte[] change(byte[] bytes, Random random) {
        int from = random.nextInt(bytes.length + 1);
        int to = from + random.nextInt(Math.min(40, bytes.length - from) + 1);
        byte[] changed = bytes.clone();
        return switch (random.nextInt(6)) {
            case 0 -> {
                if (from < bytes.length) {
                    changed[from] ^= (byte) (1 << random.nextInt(8));
                }
                yield changed;
            }
            case 1 -> {
                if (from < bytes.length) {
                    changed[from] = (byte) random.nextInt(256);
                }
                yield changed;
            }
            case 2 -> join(bytes, from, new byte[0], bytes, to);
            case 3 -> join(bytes, to, new byte[0], bytes, from);
            case 4 -> {
                byte[] word = WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.ISO_8859_1);
                yield join(bytes, from, word, bytes, random.nextBoolean() ? from : to);
            }
            default -> {
                byte[] other = any(random);
                yield join(bytes, from, new byte[0], other, random.nextInt(other.length + 1));
            }
        };
    }

    private static byte[] join(byte[] first, int upTo, byte[] between, byte[] second, int from) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first, 0, upTo);
        out.writeBytes(between);
        out.write(second, from, second.length - from);
        return out.toByteArray();
    }
}
