using System.Globalization;

namespace McpOperator.TestKit;

/// <summary>
/// Gives a parser mutated inputs: 200,000, or as many as MCP_FUZZ_ITERATIONS says (10000000 before a release), on all cores. The seed is
/// fixed, or MCP_FUZZ_SEED; a failure names the seed and the input.
/// </summary>
public static class Fuzz
{
    private const int Block = 5000;
    private const string Alphabet = "\"{}[]:,\\ue9/@.-_0aAzZ=+\0\n\r\t \u00e9";
    private static readonly int? Wanted = Number("MCP_FUZZ_ITERATIONS");
    private static readonly int Seed = Number("MCP_FUZZ_SEED") ?? 20261120;

    /// <summary>Runs a check. A plain <see cref="FormatException"/> is how parsers refuse; whatever else it throws is a failure.</summary>
    /// <param name="seeds">What inputs are made from.</param>
    /// <param name="check">Parses an input and throws when something bad was accepted. Called by several threads at once.</param>
    /// <param name="share">What is slow gets so much less, unless a number is asked for.</param>
    public static void Run(IEnumerable<byte[]> seeds, Action<byte[]> check, int share = 1)
    {
        var all = seeds.ToArray();
        var iterations = Wanted ?? (200_000 / share);
        Parallel.For(0, (iterations + Block - 1) / Block, block =>
        {
            var random = new Random(Seed + block);
            for (var i = block * Block; i < Math.Min((block + 1) * Block, iterations); i++)
            {
                Check(Mutate(all[random.Next(all.Length)], random), check, block);
            }
        });
    }

    private static void Check(byte[] input, Action<byte[]> check, int block)
    {
        try
        {
            check(input);
        }
        catch (FormatException e) when (e.GetType() == typeof(FormatException))
        {
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {Seed}, block {block}, input {Convert.ToBase64String(input)}", e);
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = new List<byte>(seed);
        for (var n = random.Next(1, 5); n > 0 && bytes.Count > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)Alphabet[random.Next(Alphabet.Length)]; break;
                case 2: bytes.Insert(at, (byte)Alphabet[random.Next(Alphabet.Length)]); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 16), bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 64), bytes.Count - at))); break;
                case 5: bytes.InsertRange(at, Enumerable.Repeat(bytes[at], random.Next(1, 64))); break;
                default: (bytes[at], bytes[^1]) = (bytes[^1], bytes[at]); break;
            }
        }

        return [.. bytes];
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
