// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reader} from "../machine/Reader.sol";

/// @title The sponge of Keccak-256, a block at a time
/// @notice For a KECCAK256 over more bytes than one step can hash. Source: FIPS 202; Keccak-256 pads with 0x01.
/// Twin: `offchain/proofs/sponge.py`.
/// @dev Lane (x, y) of the state is `lanes[x + 5 * y]`, an unsigned integer below 2**64. Tag 0x1d: the 25 lanes, 8 each.
library KeccakSponge {
    /// @notice Bytes of a block: the rate.
    uint256 internal constant BLOCK = 136;

    uint256 private constant LANES = 25;
    uint256 private constant SIZE = 200;
    uint256 private constant TAG = 0x1d;

    /// @notice Thrown when the sponge in the witness is not the pending one.
    error KeccakSponge_HashIsDifferent(bytes32 have, bytes32 want);

    /// @notice The lanes with this hash, read at `offset`; for hash 0 those before the first block, with nothing read.
    function read(bytes32 want, bytes calldata witness, uint256 offset)
        internal
        pure
        returns (uint256[LANES] memory lanes, uint256 end)
    {
        if (want == 0) return (lanes, offset);
        uint256 position = Reader.enter(witness, offset, SIZE);
        bytes32 have = Reader.hashAt(TAG, position, SIZE);
        if (have != want) revert KeccakSponge_HashIsDifferent(have, want);
        // SAFETY: reads the 200 bytes that `enter` has found, and writes the 25 words of `lanes`.
        assembly ("memory-safe") {
            let lane := lanes
            for { let behind := add(position, SIZE) } lt(position, behind) { position := add(position, 8) } {
                mstore(lane, shr(192, calldataload(position)))
                lane := add(lane, 32)
            }
        }
        end = offset + SIZE;
    }

    /// @notice The hash of the lanes.
    function hash(uint256[LANES] memory lanes) internal pure returns (bytes32 lanesHash) {
        // SAFETY: writes 225 bytes of free memory without taking them, of which 201 count; a lane is below 2**64.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, TAG)
            let target := add(buffer, 1)
            let lane := lanes
            for { let behind := add(target, SIZE) } lt(target, behind) { target := add(target, 8) } {
                mstore(target, shl(192, mload(lane)))
                lane := add(lane, 32)
            }
            lanesHash := keccak256(buffer, add(SIZE, 1))
        }
    }

    /// @notice Takes in a block of 136 bytes.
    function absorb(uint256[LANES] memory lanes, bytes memory content) internal pure {
        assert(content.length == BLOCK);
        // SAFETY: reads the 136 bytes of `content`, whose length was checked; what a word holds behind the 8 bytes of its
        // lane is shifted out. Writes the first 17 words of `lanes`.
        assembly ("memory-safe") {
            let lane := lanes
            let source := add(content, 32)
            for { let behind := add(source, BLOCK) } lt(source, behind) { source := add(source, 8) } {
                let word := shr(192, mload(source))
                word := or(shl(8, and(word, 0x00ff00ff00ff00ff)), and(shr(8, word), 0x00ff00ff00ff00ff))
                word := or(shl(16, and(word, 0x0000ffff0000ffff)), and(shr(16, word), 0x0000ffff0000ffff))
                word := or(shl(32, and(word, 0xffffffff)), shr(32, word))
                mstore(lane, xor(mload(lane), word))
                lane := add(lane, 32)
            }
        }
        _permute(lanes);
    }

    /// @notice Takes in the last block: `size` bytes of a message, below 136, that begin `content`, and the padding.
    function absorbLast(uint256[LANES] memory lanes, bytes memory content, uint256 size) internal pure {
        content[size] ^= 0x01;
        content[BLOCK - 1] ^= 0x80;
        absorb(lanes, content);
    }

    /// @notice The digest, once the last block is in.
    function digest(uint256[LANES] memory lanes) internal pure returns (uint256) {
        return _reversed(lanes[0]) << 192 | _reversed(lanes[1]) << 128 | _reversed(lanes[2]) << 64
            | _reversed(lanes[3]);
    }

    /// @dev The 8 bytes of a lane in the other order.
    function _reversed(uint256 lane) private pure returns (uint256) {
        lane = (lane & 0x00ff00ff00ff00ff) << 8 | lane >> 8 & 0x00ff00ff00ff00ff;
        lane = (lane & 0x0000ffff0000ffff) << 16 | lane >> 16 & 0x0000ffff0000ffff;
        return (lane & 0xffffffff) << 32 | lane >> 32;
    }

    /// @dev Keccak-f[1600] in place. A round reads one array of lanes and writes the other, a row of five at a time, so
    /// that no lane is stored between the steps theta, rho, pi and chi. `not` leaves bits above a lane, which are cut off
    /// where a lane is rotated, and in the end. A lane times `twice` is two copies of it side by side, of which a shift
    /// right is a rotation.
    function _permute(uint256[LANES] memory lanes) private pure {
        // SAFETY: uses 50 words of free memory without taking them: the other array, then the 24 round constants with a
        // 0 behind them. An even number of rounds ends in `lanes`.
        assembly ("memory-safe") {
            let mask := 0xffffffffffffffff
            let twice := 0x10000000000000001
            let to := mload(0x40)
            let round := add(to, 800)
            mstore(round, 0x1)
            mstore(add(round, 0x20), 0x8082)
            mstore(add(round, 0x40), 0x800000000000808a)
            mstore(add(round, 0x60), 0x8000000080008000)
            mstore(add(round, 0x80), 0x808b)
            mstore(add(round, 0xa0), 0x80000001)
            mstore(add(round, 0xc0), 0x8000000080008081)
            mstore(add(round, 0xe0), 0x8000000000008009)
            mstore(add(round, 0x100), 0x8a)
            mstore(add(round, 0x120), 0x88)
            mstore(add(round, 0x140), 0x80008009)
            mstore(add(round, 0x160), 0x8000000a)
            mstore(add(round, 0x180), 0x8000808b)
            mstore(add(round, 0x1a0), 0x800000000000008b)
            mstore(add(round, 0x1c0), 0x8000000000008089)
            mstore(add(round, 0x1e0), 0x8000000000008003)
            mstore(add(round, 0x200), 0x8000000000008002)
            mstore(add(round, 0x220), 0x8000000000000080)
            mstore(add(round, 0x240), 0x800a)
            mstore(add(round, 0x260), 0x800000008000000a)
            mstore(add(round, 0x280), 0x8000000080008081)
            mstore(add(round, 0x2a0), 0x8000000000008080)
            mstore(add(round, 0x2c0), 0x80000001)
            mstore(add(round, 0x2e0), 0x8000000080008008)
            mstore(add(round, 0x300), 0)
            let from := lanes
            for { let d0, d1, d2, d3, d4 } mload(round) { round := add(round, 32) } {
                {
                    let c0 :=
                        and(
                            xor(
                                xor(mload(from), mload(add(from, 0xa0))),
                                xor(
                                    mload(add(from, 0x140)),
                                    xor(mload(add(from, 0x1e0)), mload(add(from, 0x280)))
                                )
                            ),
                            mask
                        )
                    let c1 :=
                        and(
                            xor(
                                xor(mload(add(from, 0x20)), mload(add(from, 0xc0))),
                                xor(
                                    mload(add(from, 0x160)),
                                    xor(mload(add(from, 0x200)), mload(add(from, 0x2a0)))
                                )
                            ),
                            mask
                        )
                    let c2 :=
                        and(
                            xor(
                                xor(mload(add(from, 0x40)), mload(add(from, 0xe0))),
                                xor(
                                    mload(add(from, 0x180)),
                                    xor(mload(add(from, 0x220)), mload(add(from, 0x2c0)))
                                )
                            ),
                            mask
                        )
                    let c3 :=
                        and(
                            xor(
                                xor(mload(add(from, 0x60)), mload(add(from, 0x100))),
                                xor(
                                    mload(add(from, 0x1a0)),
                                    xor(mload(add(from, 0x240)), mload(add(from, 0x2e0)))
                                )
                            ),
                            mask
                        )
                    let c4 :=
                        and(
                            xor(
                                xor(mload(add(from, 0x80)), mload(add(from, 0x120))),
                                xor(
                                    mload(add(from, 0x1c0)),
                                    xor(mload(add(from, 0x260)), mload(add(from, 0x300)))
                                )
                            ),
                            mask
                        )
                    d0 := xor(c4, shr(63, mul(c1, twice)))
                    d1 := xor(c0, shr(63, mul(c2, twice)))
                    d2 := xor(c1, shr(63, mul(c3, twice)))
                    d3 := xor(c2, shr(63, mul(c4, twice)))
                    d4 := xor(c3, shr(63, mul(c0, twice)))
                }
                {
                    let b0 := xor(mload(from), d0)
                    let b1 := shr(20, mul(and(xor(mload(add(from, 0xc0)), d1), mask), twice))
                    let b2 := shr(21, mul(and(xor(mload(add(from, 0x180)), d2), mask), twice))
                    let b3 := shr(43, mul(and(xor(mload(add(from, 0x240)), d3), mask), twice))
                    let b4 := shr(50, mul(and(xor(mload(add(from, 0x300)), d4), mask), twice))
                    mstore(to, xor(mload(round), xor(b0, and(not(b1), b2))))
                    mstore(add(to, 0x20), xor(b1, and(not(b2), b3)))
                    mstore(add(to, 0x40), xor(b2, and(not(b3), b4)))
                    mstore(add(to, 0x60), xor(b3, and(not(b4), b0)))
                    mstore(add(to, 0x80), xor(b4, and(not(b0), b1)))
                }
                {
                    let b0 := shr(36, mul(and(xor(mload(add(from, 0x60)), d3), mask), twice))
                    let b1 := shr(44, mul(and(xor(mload(add(from, 0x120)), d4), mask), twice))
                    let b2 := shr(61, mul(and(xor(mload(add(from, 0x140)), d0), mask), twice))
                    let b3 := shr(19, mul(and(xor(mload(add(from, 0x200)), d1), mask), twice))
                    let b4 := shr(3, mul(and(xor(mload(add(from, 0x2c0)), d2), mask), twice))
                    mstore(add(to, 0xa0), xor(b0, and(not(b1), b2)))
                    mstore(add(to, 0xc0), xor(b1, and(not(b2), b3)))
                    mstore(add(to, 0xe0), xor(b2, and(not(b3), b4)))
                    mstore(add(to, 0x100), xor(b3, and(not(b4), b0)))
                    mstore(add(to, 0x120), xor(b4, and(not(b0), b1)))
                }
                {
                    let b0 := shr(63, mul(and(xor(mload(add(from, 0x20)), d1), mask), twice))
                    let b1 := shr(58, mul(and(xor(mload(add(from, 0xe0)), d2), mask), twice))
                    let b2 := shr(39, mul(and(xor(mload(add(from, 0x1a0)), d3), mask), twice))
                    let b3 := shr(56, mul(and(xor(mload(add(from, 0x260)), d4), mask), twice))
                    let b4 := shr(46, mul(and(xor(mload(add(from, 0x280)), d0), mask), twice))
                    mstore(add(to, 0x140), xor(b0, and(not(b1), b2)))
                    mstore(add(to, 0x160), xor(b1, and(not(b2), b3)))
                    mstore(add(to, 0x180), xor(b2, and(not(b3), b4)))
                    mstore(add(to, 0x1a0), xor(b3, and(not(b4), b0)))
                    mstore(add(to, 0x1c0), xor(b4, and(not(b0), b1)))
                }
                {
                    let b0 := shr(37, mul(and(xor(mload(add(from, 0x80)), d4), mask), twice))
                    let b1 := shr(28, mul(and(xor(mload(add(from, 0xa0)), d0), mask), twice))
                    let b2 := shr(54, mul(and(xor(mload(add(from, 0x160)), d1), mask), twice))
                    let b3 := shr(49, mul(and(xor(mload(add(from, 0x220)), d2), mask), twice))
                    let b4 := shr(8, mul(and(xor(mload(add(from, 0x2e0)), d3), mask), twice))
                    mstore(add(to, 0x1e0), xor(b0, and(not(b1), b2)))
                    mstore(add(to, 0x200), xor(b1, and(not(b2), b3)))
                    mstore(add(to, 0x220), xor(b2, and(not(b3), b4)))
                    mstore(add(to, 0x240), xor(b3, and(not(b4), b0)))
                    mstore(add(to, 0x260), xor(b4, and(not(b0), b1)))
                }
                {
                    let b0 := shr(2, mul(and(xor(mload(add(from, 0x40)), d2), mask), twice))
                    let b1 := shr(9, mul(and(xor(mload(add(from, 0x100)), d3), mask), twice))
                    let b2 := shr(25, mul(and(xor(mload(add(from, 0x1c0)), d4), mask), twice))
                    let b3 := shr(23, mul(and(xor(mload(add(from, 0x1e0)), d0), mask), twice))
                    let b4 := shr(62, mul(and(xor(mload(add(from, 0x2a0)), d1), mask), twice))
                    mstore(add(to, 0x280), xor(b0, and(not(b1), b2)))
                    mstore(add(to, 0x2a0), xor(b1, and(not(b2), b3)))
                    mstore(add(to, 0x2c0), xor(b2, and(not(b3), b4)))
                    mstore(add(to, 0x2e0), xor(b3, and(not(b4), b0)))
                    mstore(add(to, 0x300), xor(b4, and(not(b0), b1)))
                }
                let swapped := from
                from := to
                to := swapped
            }
            for { let end := add(from, 800) } lt(from, end) { from := add(from, 32) } {
                mstore(from, and(mload(from), mask))
            }
        }
    }
}
