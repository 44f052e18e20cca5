package com.busdk.cli.dependencies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A library that comes, goes or changes does not do so unseen. */
class DependencyLockIT {
    /** Behind the version of a jar for one kind of machine. */
    private static final String CLASSIFIER = "-linux-x86_64";

    @Test
    void shouldShipWhatIsLockedAndNothingElse() throws IOException {
        assertEquals(
                locked(), shipped(), "the libraries are others: look at them, then run scripts/vulnerabilities --lock");
    }

    private static Set<String> locked() throws IOException {
        return Files.readAllLines(Path.of("..", "dependencies.lock")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(line.indexOf(':') + 1).replace(':', '-') + ".jar")
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> shipped() throws IOException {
        try (Stream<Path> jars = Files.list(Path.of("target", "dist", "lib"))) {
            return jars.map(jar -> jar.getFileName().toString().replace(CLASSIFIER, ""))
                    .filter(name -> !name.equals("bus.jar") && !name.startsWith("bus-"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
