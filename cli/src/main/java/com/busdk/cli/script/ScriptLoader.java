package com.busdk.cli.script;

import com.busdk.cli.command.Failures;
import com.busdk.client.text.Echo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reads files of commands with all that they include. A line whose first word ends in {@value #SUFFIX} stands for the
 * commands of that file, whose path is relative to the file that the line is in.
 */
final class ScriptLoader {
    /** The ending of a file of commands. */
    static final String SUFFIX = ".bus";

    /** A file of commands is written by people; more than this is something else. */
    static final int MAX_FILE_BYTES = 4 * 1024 * 1024;

    /** Files within files. Deeper nesting is a mistake that no cycle shows. */
    static final int MAX_DEPTH = 32;

    /** Commands in all, so that includes that include includes stay within memory. */
    static final int MAX_STATEMENTS = 100_000;

    private final List<Statement> statements = new ArrayList<>();
    private final Deque<Path> open = new ArrayDeque<>();

    /**
     * Reads a file and what it includes, behind what was read before.
     *
     * @param name the name as the user wrote it, for messages
     * @param path the file
     * @throws ScriptSyntaxException when it or a file that it includes cannot be read
     * @throws IOException when the file itself cannot be read
     */
    void load(String name, Path path) throws IOException {
        Path real = path.toRealPath();
        String text = content(name, real);
        open.push(real);
        for (Statement statement : new ScriptReader(name, text).read()) {
            if (statement.isInclude()) {
                statement.words().forEach(word -> include(statement, word, real));
            } else if (statements.size() == MAX_STATEMENTS) {
                throw problem(statement, "more than " + MAX_STATEMENTS + " commands: run the files one by one");
            } else {
                statements.add(statement);
            }
        }
        open.pop();
    }

    /** Everything that was read, in the order in which it runs. */
    List<Statement> statements() {
        return List.copyOf(statements);
    }

    private void include(Statement at, String word, Path from) {
        if (!word.endsWith(SUFFIX)) {
            throw problem(
                    at, "'" + Echo.of(word) + "' stands on a line that includes files: give it a line of its own");
        }
        if (open.size() >= MAX_DEPTH) {
            throw problem(at, "files are included more than " + MAX_DEPTH + " deep");
        }
        try {
            Path path = from.resolveSibling(word);
            if (open.contains(path.toRealPath())) {
                throw problem(at, "'" + Echo.of(word) + "' includes itself, directly or by way of others");
            }
            load(shown(at.file(), word), path);
        } catch (IOException e) {
            throw problem(at, "cannot include '" + Echo.of(word) + "': " + Failures.text(e));
        } catch (InvalidPathException _) {
            throw problem(at, "'" + Echo.of(word) + "' is not a path");
        }
    }

    /** The name of an included file, seen from where the user is. */
    private static String shown(String including, String word) {
        return Path.of(including).resolveSibling(word).normalize().toString();
    }

    private static String content(String name, Path file) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        }
        if (bytes.length > MAX_FILE_BYTES) {
            throw new ScriptSyntaxException(name, 1, "the file is larger than 4 MiB: split it");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            int nul = text.indexOf('\0');
            if (nul >= 0) {
                throw new ScriptSyntaxException(name, lineOf(text, nul), "a NUL character: this is no text file");
            }
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException _) {
            throw new ScriptSyntaxException(name, firstBadLine(bytes), "this is not UTF-8: save the file as UTF-8");
        }
    }

    private static int lineOf(String text, int index) {
        return 1 + (int) text.substring(0, index).chars().filter(c -> c == '\n').count();
    }

    private static int firstBadLine(byte[] bytes) {
        var in = ByteBuffer.wrap(bytes);
        var out = CharBuffer.allocate(bytes.length);
        StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        int line = 1;
        for (int i = 0; i < in.position(); i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }

    private static ScriptSyntaxException problem(Statement at, String problem) {
        return new ScriptSyntaxException(at.file(), at.line(), problem);
    }
}
