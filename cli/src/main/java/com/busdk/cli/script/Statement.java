package com.busdk.cli.script;

import java.util.List;

/**
 * One command of a file.
 *
 * @param file the file, as it is to be named to the user
 * @param line the line on which it begins, from 1
 * @param words its words, at least one, without a leading {@code bus}
 */
public record Statement(String file, int line, List<String> words) {
    /** Refuses a statement without words. */
    public Statement {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("a statement has at least one word");
        }
        words = List.copyOf(words);
    }

    /** Where it is, for example {@code deploy.bus:12}. */
    public String place() {
        return file + ":" + line;
    }

    /** Whether it stands for the commands of other files. */
    boolean isInclude() {
        return words.getFirst().endsWith(ScriptLoader.SUFFIX);
    }

    /** The command as one could type it into a shell. */
    public String quoted() {
        var text = new StringBuilder();
        for (String word : words) {
            text.append(text.isEmpty() ? "" : " ").append(quote(word));
        }
        return text.toString();
    }

    private static String quote(String word) {
        boolean plain = !word.isEmpty()
                && word.chars().allMatch(c -> Character.isLetterOrDigit(c) || "_-./:=@%+,".indexOf(c) >= 0);
        return plain ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
