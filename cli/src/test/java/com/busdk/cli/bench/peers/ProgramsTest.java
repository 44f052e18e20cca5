package com.busdk.cli.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProgramsTest {
    @Test
    void shouldFindTheVersionInWhatAProgramSaysOfItself() {
        assertEquals("2.9.10", Programs.versionIn("nats-server: v2.9.10\n"));
        assertEquals("7.0.15", Programs.versionIn("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0\n"));
        assertEquals("1.22.1", Programs.versionIn("nginx version: nginx/1.22.1\n"));
        assertEquals("", Programs.versionIn("no idea\n"));
    }

    @Test
    void shouldFindWhatIsInstalledAndNothingElse() throws Exception {
        assertTrue(Programs.find("sh").isPresent());
        assertFalse(Programs.find("no-such-program-here").isPresent());
        assertEquals("", Programs.version("no-such-program-here", "--version"));
        Programs.Ended ended = Programs.run("sh", "-c", "echo out; echo err >&2; exit 3");
        assertEquals(3, ended.code());
        assertEquals("out\nerr\n", ended.said());
    }

    @Test
    void shouldFlushEachWriteOfJetStreamWhereThatIsAskedForOnly() {
        Path folder = Path.of("/tmp/x");
        assertFalse(JetStreamPeer.AS_IT_COMES.configuration(folder, 1).contains("sync_interval"));
        assertTrue(JetStreamPeer.FLUSHED.configuration(folder, 1).contains("sync_interval: always"));
        assertTrue(JetStreamPeer.FLUSHED.configuration(folder, 17).contains("listen: \"127.0.0.1:17\""));
    }

    @Test
    void shouldGiveNchanRoomForTheHistory() {
        var nchan = new NchanPeer();
        Path folder = Path.of("/tmp/x");
        String live = nchan.configuration(Path.of("/m.so"), folder, 17, 0, false);
        assertTrue(live.contains("nchan_shared_memory_size 128M;"), live);
        assertTrue(live.contains("listen 127.0.0.1:17 "), live);
        assertFalse(live.contains("user root;"), live);
        String history = nchan.configuration(Path.of("/m.so"), folder, 17, 1 << 20, true);
        assertTrue(history.contains("nchan_shared_memory_size 1024M;"), history);
        assertTrue(history.contains("nchan_message_buffer_length 1048576;"), history);
        assertTrue(history.contains("user root;"), history);
    }
}
