namespace McpOperator.Policy;

/// <summary>Names with <c>*</c> for any characters, also none. Case matters, as it does in names of tools.</summary>
internal static class Glob
{
    /// <summary>Whether <paramref name="name"/> is one of those that <paramref name="pattern"/> stands for. Takes at most the product of the lengths.</summary>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        var (p, n, star, resume) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, n);
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                // The last star takes one character more.
                (p, n) = (star + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
