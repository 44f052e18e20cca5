package com.busdk.cli.dependencies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/Vulnerabilities.java} on small lists that were made up. */
class VulnerabilitiesTest {
    private static final String LOCK = """
        # a comment
        org.example:one:1.2.3
        org.example:two:2.0.0.Final
        org.example:three:3.0.0-rc1
        """;

    private static final String RANGE = """
        {"id":"%s","aliases":["CVE-%1$s"],"summary":"of %1$s",
         "affected":[{"package":{"ecosystem":"Maven","name":"org.example:%s"},
                      "ranges":[{"type":"ECOSYSTEM","events":[%s]}]}]}
        """;

    @TempDir
    Path folder;

    private record Ended(int code, List<String> lines) {}

    @Test
    void shouldNameWhatFits() throws Exception {
        Ended ended = run(
                "{\"id\":\"LISTED\",\"affected\":[{\"package\":{\"ecosystem\":\"Maven\",\"name\":\"org.example:one\"},"
                        + "\"versions\":[\"1.2.2\",\"1.2.3\"]}]}",
                RANGE.formatted("RANGE", "one", "{\"introduced\":\"0\"},{\"fixed\":\"1.2.10\"}"),
                RANGE.formatted("LAST", "two", "{\"introduced\":\"1.9\"},{\"last_affected\":\"2.0.0\"}"),
                RANGE.formatted(
                        "AGAIN",
                        "two",
                        "{\"introduced\":\"0\"},{\"fixed\":\"1.0\"},{\"introduced\":\"2.0.0\"},{\"fixed\":\"2.0.1\"}"),
                RANGE.formatted("BEFORE", "three", "{\"introduced\":\"2.9\"},{\"fixed\":\"3.0.0\"}"));
        assertEquals(
                List.of(
                        "org.example:one:1.2.3 LISTED",
                        "org.example:one:1.2.3 RANGE CVE-RANGE of RANGE",
                        "org.example:three:3.0.0-rc1 BEFORE CVE-BEFORE of BEFORE",
                        "org.example:two:2.0.0.Final AGAIN CVE-AGAIN of AGAIN",
                        "org.example:two:2.0.0.Final LAST CVE-LAST of LAST",
                        "3 libraries, 5 vulnerabilities of Maven packages: 5 that fit"),
                ended.lines());
        assertEquals(1, ended.code());
    }

    @Test
    void shouldPassOverWhatDoesNotFit() throws Exception {
        Ended ended = run(
                RANGE.formatted("FIXED", "one", "{\"introduced\":\"0\"},{\"fixed\":\"1.2.3\"}"),
                RANGE.formatted("OLDER", "one", "{\"introduced\":\"0\"},{\"last_affected\":\"1.2.2\"}"),
                RANGE.formatted("LATER", "one", "{\"introduced\":\"1.2.4\"}"),
                RANGE.formatted(
                        "BETWEEN", "two", "{\"introduced\":\"0\"},{\"fixed\":\"1.0\"},{\"introduced\":\"2.0.1\"}"),
                RANGE.formatted("MILESTONE", "three", "{\"introduced\":\"0\"},{\"fixed\":\"3.0.0-M9\"}"),
                RANGE.formatted("ANOTHER", "another", "{\"introduced\":\"0\"}"),
                RANGE.formatted("TAKEN-BACK", "one", "{\"introduced\":\"0\"}")
                        .replace("{\"id\"", "{\"withdrawn\":\"2026-01-01T00:00:00Z\",\"id\""),
                RANGE.formatted("ELSEWHERE", "one", "{\"introduced\":\"0\"}").replace("Maven", "npm"));
        assertEquals(List.of("3 libraries, 6 vulnerabilities of Maven packages: 0 that fit"), ended.lines());
        assertEquals(0, ended.code());
    }

    @Test
    void shouldNotTakeAnEmptyListForGoodNews() throws Exception {
        assertEquals(1, run().code());
    }

    private Ended run(String... vulnerabilities) throws IOException, InterruptedException {
        Path lock = Files.writeString(folder.resolve("lock"), LOCK);
        Path zip = folder.resolve("all.zip");
        try (OutputStream file = Files.newOutputStream(zip);
                ZipOutputStream out = new ZipOutputStream(file)) {
            out.putNextEntry(new ZipEntry("README"));
            for (int i = 0; i < vulnerabilities.length; i++) {
                out.putNextEntry(new ZipEntry(i + ".json"));
                out.write(vulnerabilities[i].getBytes(StandardCharsets.UTF_8));
            }
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Path.of("..", "scripts", "Vulnerabilities.java").toString(),
                        lock.toString(),
                        zip.toString())
                .redirectError(folder.resolve("err").toFile())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        assertTrue(
                vulnerabilities.length == 0
                        || Files.readString(folder.resolve("err")).contains("that is not all"),
                () -> out);
        return new Ended(code, out.lines().toList());
    }
}
