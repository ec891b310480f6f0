using McpOperator.Bridge.Processes;

namespace McpOperator.Bridge.Sessions;

/// <summary>Ids that nobody can guess.</summary>
internal static class Ids
{
    /// <summary>128 random bits from the kernel, which needs neither a device file nor a library of cryptography.</summary>
    public static unsafe string Next()
    {
        var bytes = stackalloc byte[16];
        return LibC.getrandom(bytes, 16, 0) == 16
            ? Convert.ToHexStringLower(new ReadOnlySpan<byte>(bytes, 16))
            : throw new InvalidOperationException("the kernel gives no random bytes");
    }
}
