package com.busdk.cli.events;

import com.busdk.cli.CommandLineRun;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Commands against a service that answers as a test says. */
abstract class WithFakeService {
    static final String TOKEN = "aaaa.bbbb.cccc";
    static final String ACCEPTED = "{\"accepted\":true,\"id\":\"evt_1\",\"name\":\"example.ping\",\"sequence\":7}";
    static final String LINE = "{\"name\":\"example.ping\",\"payload\":{\"n\": 1.50},\"id\":\"evt_1\",\"sequence\":7}";
    static final String SECOND = "{\"name\":\"example.ping\",\"payload\":2,\"id\":\"evt_2\",\"sequence\":8}";

    @TempDir
    Path directory;

    final FakeService service = new FakeService();

    @AfterEach
    void stop() {
        service.close();
    }

    CommandLineRun bus() {
        return CommandLineRun.in(directory)
                .with("BUS_API_TOKEN", TOKEN)
                .with("BUS_EVENTS_API_URL", service.url() + "/api/v1/events");
    }
}
