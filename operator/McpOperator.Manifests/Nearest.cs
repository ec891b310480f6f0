namespace McpOperator.Manifests;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary>Names the nearest of the words, or all of them if there are few, or nothing.</summary>
    public static string Hint(string written, IReadOnlyCollection<string> words, string all) =>
        Guess(written, words) is { Length: > 0 } guess ? guess
        : words.Count is > 0 and <= 16 ? $"; {all} {string.Join(", ", words)}"
        : "";

    /// <summary>Names the nearest of the words, or nothing.</summary>
    public static string Guess(string written, IReadOnlyCollection<string> words)
    {
        var best = words
            .Select(word => (word, distance: string.Equals(word, written, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(word, written)))
            .Where(candidate => candidate.distance <= Math.Max(1, Math.Min(3, written.Length / 3)))
            .OrderBy(candidate => candidate.distance).ThenBy(candidate => candidate.word, StringComparer.Ordinal)
            .Select(candidate => candidate.word)
            .FirstOrDefault();
        return best is null ? "" : $"; did you mean \"{best}\"?";
    }

    /// <summary>How many letters to add, drop, change or swap with the next.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 3)
        {
            return int.MaxValue;
        }

        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var change = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(change, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[a.Length, b.Length];
    }
}
