package simulator_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAPersonApprovesOnThePhonesPage presses the button in a real Chromium, on a small screen and a large one, and sees that nothing
// hangs over the edge.
func TestAPersonApprovesOnThePhonesPage(t *testing.T) {
	ctx := browser(t)
	for _, width := range []int64{390, 1280} {
		a := startAsking(t, nil)
		a.sim.Watch(t)
		p := a.parameters(form, a.login("long"))
		p["formName"] = "Enrolment of a new member of staff 新員工登記表格"
		p["eMEFields"] = []string{"residentialAddress", "postalAddress", "mobileNumber", "educationLevel"}
		a.openContent(a.call(form, p))
		a.ask(stepUp, "wong")
		id := a.sim.Waiting()[0].ID
		button := fmt.Sprintf(`#request-%s button[value=approve]`, id)
		for _, page := range []string{"/", "/simulator/phone?lang=zh-HK", "/simulator/phone"} {
			err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(a.base+page), chromedp.WaitVisible(chromedp.CSS("#banner")))
			if err != nil {
				t.Fatalf("%d, %s: %v", width, page, err)
			}
			over, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
			if err != nil || over > width {
				t.Errorf("%d, %s: the page is %d wide (%v)", width, page, over, err)
			}
		}
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(button)), chromedp.WaitNotPresent(chromedp.CSS(button))); err != nil {
			t.Fatalf("%d: pressing: %v", width, err)
		}
		if bodies := a.received(); len(bodies) != 1 || a.openCallback(bodies[0]).Code != "D00000" {
			t.Errorf("%d: %d callbacks", width, len(bodies))
		}
	}
}
