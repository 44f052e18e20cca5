package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import com.busdk.broker.contract.harness.SseStream;
import com.busdk.broker.contract.harness.Store;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a silent stream alive without being asked for. On one backend only: it takes the 15 seconds that it says. */
class IdleStreamTest {
    @TempDir
    Path folder;

    @Test
    void shouldSendACommentToAListenerOfServerSentEvents() {
        try (RunningService service = ServicePlan.of(Store.MEMORY, folder).start();
                SseStream stream = service.service().sse("name=test.idle")) {
            assertEquals("caught_up", stream.next().type());
            assertEquals(
                    List.of(":"),
                    stream.block().stream().map(line -> line.substring(0, 1)).toList());
        }
    }
}
