using System.Reflection;

namespace McpOperator.Proxy;

/// <summary>The version of this program.</summary>
internal static class ProxyVersion
{
    /// <summary>Such as <c>0.1.0+4f2c…</c>.</summary>
    public static string Text { get; } = typeof(ProxyVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
