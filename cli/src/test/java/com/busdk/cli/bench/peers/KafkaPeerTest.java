package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaPeerTest {
    private static Properties configuration(KafkaPeer peer) throws IOException {
        var properties = new Properties();
        properties.load(new StringReader(peer.configuration(Path.of("/tmp/x"), 17, 18)));
        return properties;
    }

    @Test
    void shouldFlushEachBatchWhereThatIsAskedForOnly() throws Exception {
        Properties plain = configuration(KafkaPeer.asItComes(Map.of()));
        assertEquals("PLAINTEXT://127.0.0.1:17,CONTROLLER://127.0.0.1:18", plain.getProperty("listeners"));
        assertEquals("PLAINTEXT://127.0.0.1:17", plain.getProperty("advertised.listeners"));
        assertEquals("1@127.0.0.1:18", plain.getProperty("controller.quorum.voters"));
        assertEquals("/tmp/x/data", plain.getProperty("log.dirs"));
        assertFalse(plain.containsKey("log.flush.interval.messages"));
        assertEquals("1", configuration(KafkaPeer.flushed(Map.of())).getProperty("log.flush.interval.messages"));
    }

    @Test
    void shouldSayWhereItLooksForItsJars(@TempDir Path folder) throws Exception {
        assertTrue(KafkaPeer.asItComes(Map.of()).missing().contains("BUS_BENCH_KAFKA"));
        Map<String, String> environment = Map.of("BUS_BENCH_KAFKA", folder.toString());
        Files.createFile(folder.resolve("kafka-clients-3.9.1.jar"));
        KafkaPeer peer = KafkaPeer.asItComes(environment);
        assertTrue(peer.missing().contains("no kafka_*.jar"), peer.missing());
        Files.createFile(folder.resolve("kafka_2.13-3.9.1.jar"));
        assertEquals("", peer.missing());
        assertEquals("3.9.1", peer.version());
        var nowhere = new KafkaPeer(folder.resolve("nowhere"), false);
        assertTrue(nowhere.missing().contains("no kafka_*.jar"), nowhere.missing());
    }

    @Test
    void shouldTakePartWhereItDoesWhatIsAskedInAWayOfItsOwn() {
        List<Work> plain = worksOf(KafkaPeer.asItComes(Map.of()));
        assertFalse(plain.contains(Work.CONSUMERS));
        assertEquals(Work.values().length - 1, plain.size());
        List<Work> flushed = worksOf(KafkaPeer.flushed(Map.of()));
        assertFalse(flushed.contains(Work.REPLAY) || flushed.contains(Work.FILTERED));
        assertEquals(plain.size() - 2, flushed.size());
    }

    private static List<Work> worksOf(KafkaPeer peer) {
        return Arrays.stream(Work.values()).filter(peer::takesPart).toList();
    }
}
