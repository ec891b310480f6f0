namespace McpOperator.Bridge.Tests;

public class InstallTests
{
    [Test]
    public void The_program_is_copied_whole_and_may_be_run_by_anybody()
    {
        var folder = Directory.CreateTempSubdirectory();
        var program = Path.Combine(folder.FullName, "built");
        File.WriteAllText(program, "a program");
        var target = Directory.CreateDirectory(Path.Combine(folder.FullName, "shared")).FullName;

        InstallCommand.Install(program, target).Should().Be(0);
        InstallCommand.Install(program, target).Should().Be(0, "a pod may start twice");

        Directory.GetFiles(target).Should().Equal(Path.Combine(target, "mcp-proxy"));
        File.ReadAllText(Path.Combine(target, "mcp-proxy")).Should().Be("a program");
        File.GetUnixFileMode(Path.Combine(target, "mcp-proxy")).Should().HaveFlag(UnixFileMode.OtherExecute);
        folder.Delete(recursive: true);
    }

    [Test]
    public void A_folder_that_cannot_be_written_to_is_said_and_nothing_is_left()
    {
        InstallCommand.Install("/bin/true", "/no/such/folder").Should().Be(1);
        InstallCommand.Install(null, "/tmp").Should().Be(1);
    }
}
