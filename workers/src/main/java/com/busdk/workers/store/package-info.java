/**
 * What the workers that keep books share: where their tables are and how they are opened with the worker, many small
 * writes gathered into one transaction, and payloads read field by field.
 *
 * <p>Threads: any may call; nothing blocks. SQL runs on the database's own threads, and futures complete on the caller's
 * Vert.x context where nothing else is said.
 */
@NullMarked
package com.busdk.workers.store;

import org.jspecify.annotations.NullMarked;
