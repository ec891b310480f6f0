using NUnit.Framework.Interfaces;

namespace McpOperator.Integration.Tests;

/// <summary>Counts the tests that ran, for those that only mean something after all others.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class CountTestsAttribute : TestActionAttribute
{
    private static int _ran;

    /// <summary>How many have begun.</summary>
    public static int Ran => _ran;

    public override ActionTargets Targets => ActionTargets.Test;

    public override void BeforeTest(ITest test) => Interlocked.Increment(ref _ran);
}
