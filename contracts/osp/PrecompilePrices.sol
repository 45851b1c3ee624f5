// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the precompiles cost on the L2, and which inputs have the right shape
/// @notice Twins: the functions `..._gas` of `offchain/evm/precompiles`, and the checks of sizes there.
library PrecompilePrices {
    /// @notice A call with more bytes of input fails, unless it is to identity.
    uint256 internal constant MAX_INPUT = 65_536;
    /// @notice A call with a higher price fails, unless it is to identity.
    uint256 internal constant MAX_GAS = 4_000_000;

    uint256 internal constant ECRECOVER = 0x01;
    uint256 internal constant SHA256 = 0x02;
    uint256 internal constant RIPEMD160 = 0x03;
    uint256 internal constant IDENTITY = 0x04;
    uint256 internal constant MODEXP = 0x05;
    uint256 internal constant BN254_ADD = 0x06;
    uint256 internal constant BN254_MUL = 0x07;
    uint256 internal constant BN254_PAIRING = 0x08;
    uint256 internal constant BLAKE2F = 0x09;
    uint256 internal constant POINT_EVALUATION = 0x0a;
    uint256 internal constant BLS12_G1ADD = 0x0b;
    uint256 internal constant BLS12_G1MSM = 0x0c;
    uint256 internal constant BLS12_G2ADD = 0x0d;
    uint256 internal constant BLS12_G2MSM = 0x0e;
    uint256 internal constant BLS12_PAIRING_CHECK = 0x0f;
    uint256 internal constant BLS12_MAP_FP_TO_G1 = 0x10;
    uint256 internal constant BLS12_MAP_FP2_TO_G2 = 0x11;
    uint256 internal constant P256VERIFY = 0x100;

    /// @dev EIP-7823: bytes of base, exponent and modulus, each.
    uint256 private constant MAX_MODEXP_LENGTH = 1024;
    uint256 private constant MIN_MODEXP_GAS = 500;
    uint256 private constant BLAKE2F_SIZE = 213;
    uint256 private constant BN254_PAIR_SIZE = 192;
    uint256 private constant G1_PRODUCT_SIZE = 160;
    uint256 private constant G2_PRODUCT_SIZE = 288;
    uint256 private constant BLS_PAIR_SIZE = 384;

    /// @dev EIP-2537: thousandths of the full price, two bytes for each of 1 to 128 products.
    bytes private constant G1_DISCOUNTS = hex"03e803b50350031d02fc02ee02e202d802cf02c802c102ba02b402af02aa02a5"
        hex"02a1029d029902950292028e028b0288028502820280027d027b027802760273"
        hex"0271026f026d026b026902670265026302610260025e025c025b025902570256"
        hex"0254025302510250024f024d024c024a02490248024602450244024302410240"
        hex"023f023e023d023c023a0239023802370236023502340233023202310230022f"
        hex"022e022d022c022b022a02290228022702260225022402230223022202210220"
        hex"021f021e021d021c021c021b021a021902180218021702160215021402140213"
        hex"0212021102100210020f020e020d020d020c020b020a020a0209020802080207";
    bytes private constant G2_DISCOUNTS = hex"03e803e8039b037403570340032c031c030e030202f702ed02e402dc02d402cd"
        hex"02c702c002bb02b502b002ab02a702a2029e029a02970293028f028c02890286"
        hex"02830280027d027a0278027502730270026e026c026a0267026502630261025f"
        hex"025e025c025a025802560255025302510250024e024d024b024a024802470246"
        hex"0244024302420240023f023e023d023b023a0239023802370236023502330232"
        hex"02310230022f022e022d022c022b022a02290228022802270226022502240223"
        hex"0222022102210220021f021e021d021d021c021b021a02190219021802170217"
        hex"0216021502140214021302120212021102100210020f020e020e020d020c020c";

    /// @notice Thrown when a number is not that of a precompile with a price here.
    error PrecompilePrices_AccountIsNoPrecompile(uint256 have);

    /// @notice The price of identity (Yellow Paper, appendix E).
    function identity(uint256 size) internal pure returns (uint256 cost) {
        return 15 + 3 * ((size + 31) / 32);
    }

    /// @notice The price of every other precompile.
    function price(uint256 account, bytes calldata input) internal pure returns (uint256 cost) {
        uint256 size = input.length;
        if (account == ECRECOVER) return 3000;
        if (account == SHA256) return 60 + 12 * ((size + 31) / 32);
        if (account == RIPEMD160) return 600 + 120 * ((size + 31) / 32);
        if (account == MODEXP) return _modexp(input);
        // EIP-1108.
        if (account == BN254_ADD) return 150;
        if (account == BN254_MUL) return 6000;
        if (account == BN254_PAIRING) return 45_000 + 34_000 * (size / BN254_PAIR_SIZE);
        // EIP-152.
        if (account == BLAKE2F) return size == BLAKE2F_SIZE ? uint32(bytes4(input[:4])) : 0;
        // EIP-4844.
        if (account == POINT_EVALUATION) return 50_000;
        // EIP-2537.
        if (account == BLS12_G1ADD) return 375;
        if (account == BLS12_G1MSM) return _products(size / G1_PRODUCT_SIZE, 12_000, G1_DISCOUNTS);
        if (account == BLS12_G2ADD) return 600;
        if (account == BLS12_G2MSM) return _products(size / G2_PRODUCT_SIZE, 22_500, G2_DISCOUNTS);
        if (account == BLS12_PAIRING_CHECK) return 37_700 + 32_600 * (size / BLS_PAIR_SIZE);
        if (account == BLS12_MAP_FP_TO_G1) return 5500;
        if (account == BLS12_MAP_FP2_TO_G2) return 23_800;
        // EIP-7951.
        if (account == P256VERIFY) return 6900;
        revert PrecompilePrices_AccountIsNoPrecompile(account);
    }

    /// @notice Whether `input` has the shape without which the call fails.
    function isWellFormed(uint256 account, bytes calldata input) internal pure returns (bool) {
        uint256 size = input.length;
        if (account == MODEXP) {
            return wordAt(input, 0) <= MAX_MODEXP_LENGTH && wordAt(input, 32) <= MAX_MODEXP_LENGTH
                && wordAt(input, 64) <= MAX_MODEXP_LENGTH;
        }
        if (account == BN254_PAIRING) return size % BN254_PAIR_SIZE == 0;
        if (account == BLAKE2F) return size == BLAKE2F_SIZE && uint8(input[BLAKE2F_SIZE - 1]) <= 1;
        if (account == POINT_EVALUATION) return size == 192;
        if (account == BLS12_G1ADD) return size == 256;
        if (account == BLS12_G1MSM) return size != 0 && size % G1_PRODUCT_SIZE == 0;
        if (account == BLS12_G2ADD) return size == 512;
        if (account == BLS12_G2MSM) return size != 0 && size % G2_PRODUCT_SIZE == 0;
        if (account == BLS12_PAIRING_CHECK) return size != 0 && size % BLS_PAIR_SIZE == 0;
        if (account == BLS12_MAP_FP_TO_G1) return size == 64;
        if (account == BLS12_MAP_FP2_TO_G2) return size == 128;
        return true;
    }

    /// @notice Bytes of output of a call to an L1 precompile that succeeds; ecrecover may give none as well.
    function outputSize(uint256 account, bytes calldata input) internal pure returns (uint256) {
        if (account == MODEXP) return wordAt(input, 64);
        if (account == BN254_ADD || account == BN254_MUL) return 64;
        if (account == BLAKE2F || account == POINT_EVALUATION) return 64;
        if (account == BLS12_G1ADD || account == BLS12_G1MSM || account == BLS12_MAP_FP_TO_G1) return 128;
        if (account == BLS12_G2ADD || account == BLS12_G2MSM || account == BLS12_MAP_FP2_TO_G2) return 256;
        return 32;
    }

    /// @notice The 32 bytes of `input` at `offset`, zeros behind its end.
    function wordAt(bytes calldata input, uint256 offset) internal pure returns (uint256 word) {
        if (offset >= input.length) return 0;
        // SAFETY: reads calldata only; what stands behind the input is shifted out.
        assembly ("memory-safe") {
            word := calldataload(add(input.offset, offset))
            let left := sub(input.length, offset)
            if lt(left, 32) {
                let shift := shl(3, sub(32, left))
                word := shl(shift, shr(shift, word))
            }
        }
    }

    /// @dev EIP-7883. With a length over the bound the call fails anyway.
    function _modexp(bytes calldata input) private pure returns (uint256 cost) {
        if (!isWellFormed(MODEXP, input)) return MIN_MODEXP_GAS;
        uint256 baseSize = wordAt(input, 0);
        uint256 exponentSize = wordAt(input, 32);
        uint256 longest = wordAt(input, 64);
        if (baseSize > longest) longest = baseSize;
        uint256 complexity = 16;
        if (longest > 32) {
            uint256 words = (longest + 7) / 8;
            complexity = 2 * words * words;
        }
        uint256 head = wordAt(input, 96 + baseSize);
        if (exponentSize < 32) head >>= 256 - 8 * exponentSize;
        uint256 iterations = _bitLength(head);
        if (iterations != 0) --iterations;
        if (exponentSize > 32) iterations += 16 * (exponentSize - 32);
        cost = complexity * (iterations == 0 ? 1 : iterations);
        if (cost < MIN_MODEXP_GAS) cost = MIN_MODEXP_GAS;
    }

    function _bitLength(uint256 word) private pure returns (uint256 length) {
        for (uint256 half = 128; half != 0; half >>= 1) {
            if (word >> half != 0) {
                word >>= half;
                length += half;
            }
        }
        length += word;
    }

    /// @dev A sum of products: the last discount holds for all that are more.
    function _products(uint256 count, uint256 full, bytes memory discounts)
        private
        pure
        returns (uint256 cost)
    {
        if (count == 0) return 0;
        uint256 last = 2 * (count < 128 ? count : 128) - 1;
        uint256 discount = uint256(uint8(discounts[last - 1])) << 8 | uint8(discounts[last]);
        return count * full * discount / 1000;
    }
}
