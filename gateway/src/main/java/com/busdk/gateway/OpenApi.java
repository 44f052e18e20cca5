package com.busdk.gateway;

import com.busdk.gateway.http.Answer;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The document of all paths at the gateway but those of events, whose service has one of its own. Stateless. */
final class OpenApi {
    /** Beside this class: the events service has one of the same name at the root. */
    private static final String DOCUMENT = "openapi.yaml";

    private static final String YAML = "application/yaml";

    private OpenApi() {}

    /** Reads it from the program; may wait for the disk, so that it is done once, before anything is served. */
    static Answer read() {
        try (InputStream in = OpenApi.class.getResourceAsStream(DOCUMENT)) {
            if (in == null) {
                throw new IllegalStateException("the OpenAPI document is missing from the program: build it again");
            }
            return new Answer(200, YAML, Buffer.buffer(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
