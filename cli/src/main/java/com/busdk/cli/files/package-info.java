/**
 * Files with tokens and secrets.
 *
 * <p>Threads: any; everything here blocks on the disk.
 */
@NullMarked
package com.busdk.cli.files;

import org.jspecify.annotations.NullMarked;
