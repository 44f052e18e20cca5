package com.busdk.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the word that was probably meant. */
public final class Suggestions {
    /** Words are at most so long: the comparison is quadratic, and nobody mistypes a page. */
    private static final int MAX_LENGTH = 64;

    private Suggestions() {}

    /**
     * The known word nearest to {@code wrong}, or null when none is near. Near means: at most a third of the letters
     * (and at least one) were added, dropped, changed or swapped with a neighbour; or one is the beginning of the other.
     */
    public static @Nullable String nearest(String wrong, List<String> known) {
        if (wrong.isEmpty() || wrong.length() > MAX_LENGTH) {
            return null;
        }
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String word : known) {
            int distance = distance(wrong, word);
            if (isBeginning(wrong, word)) {
                distance = Math.min(distance, 1);
            }
            if (distance < bestDistance && distance <= allowed(wrong, word)) {
                best = word;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** A half sentence to put behind an error, for example {@code ; did you mean 'listen'?}, or nothing. */
    public static String hint(String wrong, List<String> known) {
        String nearest = nearest(wrong, known);
        return nearest == null ? "" : "; did you mean '" + nearest + "'?";
    }

    private static boolean isBeginning(String wrong, String word) {
        return wrong.length() >= 3 && word.startsWith(wrong) || word.length() >= 3 && wrong.startsWith(word);
    }

    private static int allowed(String wrong, String word) {
        return Math.max(1, Math.max(wrong.length(), word.length()) / 3);
    }

    /** Edit distance in which a swap of neighbours counts once (optimal string alignment). */
    static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], before[j - 2] + 1);
                }
            }
            int[] spare = before;
            before = previous;
            previous = current;
            current = spare;
        }
        return previous[b.length()];
    }
}
