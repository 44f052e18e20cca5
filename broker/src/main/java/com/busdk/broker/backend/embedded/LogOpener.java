package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.log.EventLog;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogState;
import java.io.IOException;

/** Opens the log that a hub runs on; called once, on a thread that may block. */
@FunctionalInterface
public interface LogOpener {
    EventLog open(LogState state) throws IOException, LogDamagedException;
}
