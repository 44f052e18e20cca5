package com.busdk.cli.command;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A word of the command table. The table is cheap to build: what a command consists of is made by its supplier, and only
 * when the command is asked for.
 */
public sealed interface Entry {
    /** The word, for example {@code events}. */
    String name();

    /** One line for lists of commands, beginning with a verb in lower case. */
    String summary();

    /**
     * A word that only leads to other words.
     *
     * @param name the word
     * @param summary one line for lists
     * @param children what it leads to, in the order of lists
     */
    record Group(String name, String summary, List<Entry> children) implements Entry {
        public Group {
            children = List.copyOf(children);
        }

        /** The child of that name, or null. */
        public @Nullable Entry child(String word) {
            for (Entry child : children) {
                if (child.name().equals(word)) {
                    return child;
                }
            }
            return null;
        }

        /** The words that may follow, in the order of lists. */
        public List<String> words() {
            return children.stream().map(Entry::name).toList();
        }
    }

    /**
     * A word that does something.
     *
     * @param name the word
     * @param summary one line for lists
     * @param command makes the command, once for each use
     */
    record Leaf(String name, String summary, Supplier<? extends Command> command) implements Entry {}
}
