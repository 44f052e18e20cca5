import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Holds every Java file below a folder to palantir-java-format: {@code check} names those that differ and exits 1,
 * {@code apply} rewrites them.
 *
 * <p>A program of its own, started by the build, because the formatter parses with the Java it runs on: inside Maven
 * that may be one that does not know the syntax of Java 25 yet.
 */
public final class Format {
    /** Folders that hold what was made, or no sources at all. */
    private static final Set<String> LEFT_OUT = Set.of("target", ".git", "build", "node_modules");

    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build());

    private Format() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2 || !Set.of("check", "apply").contains(args[0])) {
            System.err.println("usage: Format check|apply FOLDER");
            System.exit(2);
        }
        boolean apply = args[0].equals("apply");
        Path top = Path.of(args[1]);
        List<String> wrong = sources(top).parallelStream()
                .map(file -> complaint(file, top, apply))
                .filter(text -> !text.isEmpty())
                .toList();
        wrong.forEach(System.err::println);
        if (!wrong.isEmpty()) {
            System.err.println(apply ? "Not formatted: see above." : "Format with: scripts/format");
            System.exit(1);
        }
    }

    private static List<Path> sources(Path top) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                boolean leaveOut = !folder.equals(top)
                        && LEFT_OUT.contains(folder.getFileName().toString());
                return leaveOut ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java")) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    /** What is wrong with a file, or the empty string. */
    private static String complaint(Path file, Path top, boolean apply) {
        try {
            String is = Files.readString(file);
            String should = FORMATTER.formatSourceAndFixImports(is);
            if (is.equals(should)) {
                return "";
            }
            if (apply) {
                Files.writeString(file, should);
                return "";
            }
            return top.relativize(file) + ":" + firstDifference(is, should) + ": not as the formatter writes it";
        } catch (FormatterException | IOException e) {
            return top.relativize(file) + ": " + e.getMessage();
        }
    }

    private static int firstDifference(String is, String should) {
        List<String> mine = is.lines().toList();
        List<String> other = should.lines().toList();
        int line = 0;
        while (line < mine.size() && line < other.size() && mine.get(line).equals(other.get(line))) {
            line++;
        }
        return line + 1;
    }
}
